using System.Globalization;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>The content of the objects of a simulation: every byte follows from a number and a length.</summary>
internal static class Content
{
    /// <summary>Byte at an offset of content <paramref name="id"/>.</summary>
    public static byte At(long id, long offset) => (byte)((((ulong)id * 0x9E3779B97F4A7C15) + ((ulong)offset * 131)) >> 13);

    /// <summary>Fills memory with content from an offset on.</summary>
    public static void Fill(long id, long offset, Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = At(id, offset + i);
        }
    }

    /// <summary>Whether bytes are the content from an offset on.</summary>
    public static bool Matches(long id, long offset, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] != At(id, offset + i))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>An ETag that names the content.</summary>
    public static string ETag(long id) => id.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>The content that an ETag names.</summary>
    public static long IdOf(string etag) => long.Parse(etag, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
