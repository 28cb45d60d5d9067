using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace OrleansStorage.Hashing.Tests;

/// <summary>The framework's MD5, to compare with.</summary>
internal static class ReferenceMd5
{
    [SuppressMessage("Security", "CA5351", Justification = "S3 defines ETags as MD5; nothing here relies on it for security.")]
    public static byte[] Of(ReadOnlySpan<byte> data) => MD5.HashData(data);
}
