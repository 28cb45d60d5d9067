using System.Text;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Stored form of an object's headers. The first byte is the version of the format.</summary>
/// <remarks>
/// <code>
///  0  version = 1 (u8)
///  1  name, value, name, value …: each its length in bytes (7-bit encoded), then UTF-8
/// </code>
/// </remarks>
internal static class HeadersCodec
{
    private const byte Version = 1;

    public static byte[]? Encode(ObjectHeaders headers)
    {
        if (headers.Count == 0)
        {
            return null;
        }

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        writer.Write(Version);
        foreach (var (name, value) in headers)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">The bytes are no headers of a version that is known here.</exception>
    public static ObjectHeaders Decode(byte[]? encoded)
    {
        if (encoded is null)
        {
            return ObjectHeaders.Empty;
        }

        using var reader = new BinaryReader(new MemoryStream(encoded, writable: false), Encoding.UTF8);
        var version = reader.ReadByte();
        if (version != Version)
        {
            throw new InvalidDataException($"Headers of version {version} are not known here.");
        }

        var items = new List<KeyValuePair<string, string>>();
        while (reader.BaseStream.Position < encoded.Length)
        {
            var name = reader.ReadString();
            items.Add(new(name, reader.ReadString()));
        }

        return new ObjectHeaders(items);
    }
}
