using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Operations;

/// <summary>Checksums in the headers of answers.</summary>
internal static class ChecksumHeaders
{
    /// <summary>Writes a checksum and what it covers.</summary>
    public static void Write(S3Call call, ObjectChecksum checksum) => Write(call, checksum, checksum.Type);

    /// <summary>Writes a checksum, and what that of its object covers.</summary>
    public static void Write(S3Call call, ObjectChecksum checksum, ChecksumType type)
    {
        call.Response.Headers[ChecksumAlgorithms.HeaderName(checksum.Algorithm)] = checksum.Value;
        call.Response.Headers["x-amz-checksum-type"] = ChecksumAlgorithms.Name(type);
    }
}
