using OrleansStorage.Metadata.Tables;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Between rows of uploads and parts and the values of the port. Pure.</summary>
internal static class PartRows
{
    public static ObjectChecksum? ToChecksum(PartListingRow row) => row.ChecksumValue is null
        ? null
        : new ObjectChecksum(
            (ChecksumAlgorithm)(row.ChecksumAlgorithm ?? 0), ChecksumType.FullObject, row.ChecksumValue);

    public static PartInfo ToInfo(PartListingRow row) => new(
        (int)row.Key.Number,
        row.SizeBytes,
        row.ETag,
        DateTimeOffset.FromUnixTimeMilliseconds(row.ModifiedMs),
        ToChecksum(row));

    public static UploadInfo ToInfo(UploadRow row, string key) => new(
        key,
        row.Key.UploadId,
        DateTimeOffset.FromUnixTimeMilliseconds(row.InitiatedMs),
        new UploadRequest(
            row.OwnerId,
            HeadersCodec.Decode(row.Headers),
            (ChecksumAlgorithm?)row.ChecksumAlgorithm,
            (ChecksumType?)row.ChecksumType));
}
