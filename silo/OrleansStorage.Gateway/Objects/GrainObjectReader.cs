using System.IO.Pipelines;
using OrleansStorage.Abstractions.Objects;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Recipes;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Reads one version of an object from the pool straight into a pipe.</summary>
internal sealed class GrainObjectReader(
    ObjectInfo info,
    ObjectEntry entry,
    long bucketId,
    IBlobStore blobs,
    IMetadataStore metadata,
    PartLayouts layouts,
    int readSizeBytes,
    OpenReads.OpenRead open) : IObjectReader
{
    public ObjectInfo Info => info;

    public async ValueTask CopyToAsync(
        PipeWriter destination, long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes, info.SizeBytes - lengthBytes);
        try
        {
            if (entry.UploadId is null)
            {
                await CopyRecipeAsync(
                    Recipe.Decode(entry.Recipe), destination, offsetBytes, lengthBytes, cancellationToken);
            }
            else
            {
                await CopyPartsAsync(entry.UploadId, destination, offsetBytes, lengthBytes, cancellationToken);
            }
        }
        catch (DeviceException e)
        {
            throw new ObjectStoreException(ObjectStoreError.DataLost, e.Message, e);
        }
        catch (MetadataUnavailableException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    public async ValueTask<ObjectPart?> FindPartAsync(int partNumber, CancellationToken cancellationToken)
    {
        if (entry.UploadId is null)
        {
            return partNumber == 1 ? new ObjectPart(1, 0, info.SizeBytes, info.Checksum) : null;
        }

        try
        {
            var parts = await layouts.FindAsync(bucketId, entry.UploadId, cancellationToken);
            return partNumber >= 1 && partNumber <= parts.Count ? parts[partNumber - 1].Part : null;
        }
        catch (MetadataUnavailableException e)
        {
            throw StoreErrors.Unavailable(e);
        }
    }

    public ValueTask DisposeAsync()
    {
        open.Dispose();
        return default;
    }

    private async ValueTask CopyPartsAsync(
        string uploadId,
        PipeWriter destination,
        long offsetBytes,
        long lengthBytes,
        CancellationToken cancellationToken)
    {
        var end = offsetBytes + lengthBytes;
        foreach (var (part, uploadedAs) in await layouts.FindAsync(bucketId, uploadId, cancellationToken))
        {
            var from = Math.Max(offsetBytes, part.OffsetBytes);
            var to = Math.Min(end, part.OffsetBytes + part.SizeBytes);
            if (from >= to)
            {
                continue;
            }

            var row = await metadata.FindAsync(
                Schema.Parts, new PartKey(bucketId, uploadId, uploadedAs), cancellationToken)
                ?? throw new ObjectStoreException(ObjectStoreError.DataLost, $"Part {part.Number} has no row.");
            await CopyRecipeAsync(
                Recipe.Decode(row.Recipe), destination, from - part.OffsetBytes, to - from, cancellationToken);
        }
    }

    private async ValueTask CopyRecipeAsync(
        Recipe recipe,
        PipeWriter destination,
        long offsetBytes,
        long lengthBytes,
        CancellationToken cancellationToken)
    {
        if (lengthBytes == 0)
        {
            return;
        }

        var index = recipe.IndexOf(offsetBytes);
        while (lengthBytes > 0)
        {
            var blob = recipe.Blobs[index++];
            var from = (int)(offsetBytes - blob.OffsetBytes);
            var count = (int)Math.Min(lengthBytes, blob.LengthBytes - from);
            await CopyBlobAsync(blob.Id, destination, from, count, cancellationToken);
            offsetBytes += count;
            lengthBytes -= count;
        }
    }

    private async ValueTask CopyBlobAsync(
        BlobId blob, PipeWriter destination, int offset, int length, CancellationToken cancellationToken)
    {
        var end = offset + length;
        while (offset < end)
        {
            // Reads end on multiples of their size, so that each block of a checksum is read once.
            var count = Math.Min(end - offset, readSizeBytes - (offset % readSizeBytes));
            var memory = destination.GetMemory(count)[..count];
            await blobs.ReadAsync(blob, offset, memory, cancellationToken);
            destination.Advance(count);
            offset += count;
            if (count >= MinimumFlushBytes)
            {
                var flushed = await destination.FlushAsync(cancellationToken);
                if (flushed.IsCompleted)
                {
                    throw new ReaderGoneException();
                }
            }
        }
    }

    // Small answers leave with the end of the response, in one send.
    private const int MinimumFlushBytes = 32 << 10;
}
