using System.Text;
using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Gateway.Buckets;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <content>Multipart uploads.</content>
public sealed partial class GrainObjectStore
{
    /// <inheritdoc/>
    public async ValueTask<UploadInfo> CreateUploadAsync(
        string bucket, string key, UploadRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var command = new CreateUpload
        {
            Key = key,
            OwnerId = request.OwnerId,
            ChecksumAlgorithm = (long?)request.ChecksumAlgorithm,
            ChecksumType = (long?)request.ChecksumType,
            Headers = HeadersCodec.Encode(request.Headers),
        };
        var result = await ChangeOrFailAsync(
            bucket, key, index => index.CreateUploadAsync(command, CancellationToken.None), static r => r.Outcome, cancellationToken);
        return result.Outcome == IndexOutcome.Done
            ? new UploadInfo(
                key, result.UploadId!, DateTimeOffset.FromUnixTimeMilliseconds(result.InitiatedMs), request)
            : throw StoreErrors.From(result.Outcome, bucket);
    }

    /// <inheritdoc/>
    public async ValueTask<UploadInfo?> FindUploadAsync(
        string bucket, string key, string uploadId, CancellationToken cancellationToken)
    {
        var handle = await FindHandleNowAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        try
        {
            var row = await _metadata.FindAsync(Schema.Uploads, UploadKeyOf(handle, key, uploadId), cancellationToken);
            return row is null ? null : PartRows.ToInfo(row, key);
        }
        catch (MetadataUnavailableException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public IPartWriter OpenPartWriter(
        string bucket, string key, string uploadId, int partNumber, IContentDigest digest, long? lengthHint) =>
        new GrainPartWriter(this, bucket, key, uploadId, partNumber, NewBody(bucket, digest, lengthHint));

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<PartInfo>> ListPartsAsync(
        string bucket,
        string key,
        string uploadId,
        int afterPartNumber,
        int limit,
        CancellationToken cancellationToken)
    {
        var handle = await FindHandleNowAsync(bucket, cancellationToken) ?? throw StoreErrors.NoSuchBucket(bucket);
        try
        {
            var upload = await _metadata.FindAsync(
                Schema.Uploads, UploadKeyOf(handle, key, uploadId), cancellationToken);
            if (upload is null)
            {
                throw StoreErrors.From(IndexOutcome.NoSuchUpload, bucket);
            }

            var rows = await _metadata.ScanAsync(
                Schema.PartListing,
                PartKey.After(handle.State.BucketId, uploadId, afterPartNumber),
                limit,
                cancellationToken);
            return [.. rows.Select(PartRows.ToInfo)];
        }
        catch (MetadataUnavailableException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<ObjectInfo> CompleteUploadAsync(
        string bucket,
        string key,
        string uploadId,
        IReadOnlyList<CompletedPart> parts,
        ObjectCommit commit,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(commit);
        var command = new CompleteUpload
        {
            Key = key,
            UploadId = uploadId,
            Parts = [.. parts.Select(part => new NamedPart(part.Number, part.ETag))],
            ETag = commit.ETag,
            OwnerId = commit.OwnerId,
            Checksum = ToEntry(commit.Checksum),
            Headers = HeadersCodec.Encode(commit.Headers),
            Guard = ToGuard(commit.Condition),
        };
        var result = await ChangeOrFailAsync(
            bucket,
            key,
            index => index.CompleteUploadAsync(command, CancellationToken.None),
            static r => r.Outcome,
            cancellationToken);
        return result.Outcome == IndexOutcome.Done
            ? ToInfo(key, result.Entry!)
            : throw StoreErrors.From(result.Outcome, bucket);
    }

    /// <inheritdoc/>
    public async ValueTask AbortUploadAsync(
        string bucket, string key, string uploadId, CancellationToken cancellationToken)
    {
        var outcome = await ChangeOrFailAsync(
            bucket, key, index => index.AbortUploadAsync(key, uploadId, CancellationToken.None), static o => o, cancellationToken);
        if (outcome != IndexOutcome.Done)
        {
            throw StoreErrors.From(outcome, bucket);
        }
    }

    internal async ValueTask<PartInfo> CommitPartAsync(
        string bucket, PutPart command, PartCommit commit, CancellationToken cancellationToken)
    {
        var result = await ChangeAsync(
            bucket,
            command.Key,
            index => index.PutPartAsync(command, CancellationToken.None),
            static r => r.Outcome,
            cancellationToken);
        return result.Outcome == IndexOutcome.Done
            ? new PartInfo(
                command.Number,
                command.SizeBytes,
                commit.ETag,
                DateTimeOffset.FromUnixTimeMilliseconds(result.ModifiedMs),
                commit.Checksum)
            : throw StoreErrors.From(result.Outcome, bucket);
    }

    private async ValueTask<T> ChangeOrFailAsync<T>(
        string bucket,
        string key,
        Func<IObjectIndexGrain, ValueTask<T>> change,
        Func<T, IndexOutcome> outcomeOf,
        CancellationToken cancellationToken)
    {
        try
        {
            return await ChangeAsync(bucket, key, change, outcomeOf, cancellationToken);
        }
        catch (OutcomeUnknownException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    private static UploadKey UploadKeyOf(BucketHandle handle, string key, string uploadId) =>
        new(handle.State.BucketId, Encoding.UTF8.GetBytes(key), uploadId);
}
