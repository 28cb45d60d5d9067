using System.Buffers;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Contract;

/// <summary>Keeps what a store shows to a digest, and refuses overlapping calls.</summary>
internal sealed class RecordingDigest : IContentDigest
{
    private readonly ArrayBufferWriter<byte> _seen = new();
    private int _calls;

    /// <summary>Every byte, in order.</summary>
    public byte[] Seen => _seen.WrittenSpan.ToArray();

    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _calls) != 1)
        {
            throw new InvalidOperationException("The store did not await one call before the next.");
        }

        // The memory must still hold the same bytes when the digest gets to them.
        await Task.Yield();
        _seen.Write(data.Span);
        Interlocked.Decrement(ref _calls);
    }
}
