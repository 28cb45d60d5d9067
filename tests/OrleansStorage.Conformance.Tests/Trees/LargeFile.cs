using System.Globalization;
using System.Security.Cryptography;

namespace OrleansStorage.Conformance.Trees;

/// <summary>A large sparse file: pseudo-random pieces with holes between them, so that it costs little disk.</summary>
internal static class LargeFile
{
    private const int PieceBytes = 256 << 10;
    private const int StrideBytes = 3 << 20;

    /// <summary>Writes the file. No two 8 MiB parts of it are alike.</summary>
    public static void Create(string path, long sizeBytes, int seed)
    {
        using var file = File.Create(path);
        file.SetLength(sizeBytes);
        var piece = new byte[PieceBytes];
        for (long offset = 0; offset + PieceBytes <= sizeBytes; offset += StrideBytes)
        {
            Payload.Fill((ulong)(seed + offset), piece);
            file.Position = offset;
            file.Write(piece);
        }

        file.Position = sizeBytes - PieceBytes;
        file.Write(piece);
    }

    /// <summary>Length and SHA-256 of what a stream brings.</summary>
    public static async Task<string> DigestAsync(Stream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        long length = 0;
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            hash.AppendData(buffer, 0, read);
            length += read;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{length}:{Convert.ToHexStringLower(hash.GetHashAndReset())}");
    }
}
