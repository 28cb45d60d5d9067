using System.IO.Pipelines;

namespace OrleansStorage.S3.Store.InMemory;

/// <summary>Reads one version of an object.</summary>
internal sealed class InMemoryObjectReader(StoredObject stored) : IObjectReader
{
    private const int WriteBytesMax = 256 * 1024;

    /// <inheritdoc/>
    public ObjectInfo Info => stored.Info;

    /// <inheritdoc/>
    public async ValueTask CopyToAsync(
        PipeWriter destination, long offsetBytes, long lengthBytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBytes, Info.SizeBytes - offsetBytes);
        foreach (var body in stored.Bodies)
        {
            var take = Math.Min(Math.Max(body.LengthBytes - offsetBytes, 0), lengthBytes);
            foreach (var piece in body.Read(offsetBytes, take))
            {
                await WriteAsync(destination, piece, cancellationToken);
            }

            offsetBytes = Math.Max(offsetBytes - body.LengthBytes, 0);
            lengthBytes -= take;
        }
    }

    /// <inheritdoc/>
    public ValueTask<ObjectPart?> FindPartAsync(int partNumber, CancellationToken cancellationToken)
    {
        if (stored.Parts is null)
        {
            return ValueTask.FromResult(
                partNumber == 1 ? new ObjectPart(1, 0, Info.SizeBytes, Info.Checksum) : null);
        }

        var offset = 0L;
        for (var i = 0; i < stored.Parts.Count; i++)
        {
            var part = stored.Parts[i];
            if (i + 1 == partNumber)
            {
                return ValueTask.FromResult<ObjectPart?>(new ObjectPart(partNumber, offset, part.SizeBytes, part.Checksum));
            }

            offset += part.SizeBytes;
        }

        return ValueTask.FromResult<ObjectPart?>(null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async ValueTask WriteAsync(
        PipeWriter destination, ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        while (!piece.IsEmpty)
        {
            var count = Math.Min(piece.Length, WriteBytesMax);
            var written = await destination.WriteAsync(piece[..count], cancellationToken);
            if (written.IsCompleted)
            {
                throw new ReaderGoneException();
            }

            piece = piece[count..];
        }
    }
}
