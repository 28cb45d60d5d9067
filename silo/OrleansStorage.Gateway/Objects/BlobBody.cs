using System.Buffers;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Buffers;
using OrleansStorage.Gateway.Recipes;
using OrleansStorage.S3.Store;

namespace OrleansStorage.Gateway.Objects;

/// <summary>Cuts a body into blobs and stores them while more of it arrives.</summary>
/// <remarks>
/// The first 64 KiB go into a small buffer, so that a small object costs no large one. A longer body has at most two
/// large buffers: one that fills, and one that is being stored and digested. It takes the second only if nobody waits
/// for it, so bodies never wait for each other in a circle.
/// </remarks>
internal sealed class BlobBody : IAsyncDisposable
{
    private const int SmallBytesMax = 64 << 10;

    private readonly BodyBufferPool _pool;
    private readonly IContentDigest _digest;
    private readonly long? _lengthHint;
    private readonly int _blobSize;
    private readonly int _smallSize;
    private readonly Func<CancellationToken, ValueTask<IBlobWriteSession>> _begin;
    private readonly List<BlobEntry> _blobs = [];
    private IBlobWriteSession? _session;
    private byte[]? _small;
    private BodyBuffer? _large;
    private BodyBuffer? _spare;
    private BodyBuffer? _storing;
    private Memory<byte> _filling;
    private int _filled;
    private Task? _stored;

    /// <param name="begin">Begins to write; asked for when the first blob is stored.</param>
    /// <param name="pool">Gives large buffers.</param>
    /// <param name="blobSizeBytes">Where to cut.</param>
    /// <param name="digest">Sees every byte.</param>
    /// <param name="lengthHint">Length of the whole body, if the caller knows.</param>
    public BlobBody(
        Func<CancellationToken, ValueTask<IBlobWriteSession>> begin,
        BodyBufferPool pool,
        int blobSizeBytes,
        IContentDigest digest,
        long? lengthHint)
    {
        _pool = pool;
        _digest = digest;
        _lengthHint = lengthHint;
        _blobSize = blobSizeBytes;
        _smallSize = Math.Min(SmallBytesMax, blobSizeBytes / 2);
        _begin = begin;
        _small = ArrayPool<byte>.Shared.Rent((int)Math.Min((lengthHint ?? _smallSize) + 1, _smallSize));
        _filling = _small.AsMemory(0, Math.Min(_small.Length, _smallSize));
    }

    public long LengthBytes { get; private set; }

    public Memory<byte> GetMemory() => _filling[_filled..];

    public ValueTask AdvanceAsync(int count, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _filling.Length - _filled);
        _filled += count;
        LengthBytes += count;
        return _filled < _filling.Length ? default : MakeRoomAsync(cancellationToken);
    }

    /// <summary>Stores what is left; completes when all of the body is durable and digested.</summary>
    public async ValueTask FinishAsync(CancellationToken cancellationToken)
    {
        if (_stored is not null)
        {
            await FinishStoringAsync();
        }

        if (_filled > 0)
        {
            await StoreAsync(_filling[.._filled], cancellationToken);
            _filled = 0;
        }
    }

    /// <summary>The body as the metadata will name it; after <see cref="FinishAsync"/>.</summary>
    public byte[]? ToRecipe() => Recipe.Encode(_blobs);

    public void Keep() => _session?.Keep();

    public void LeaveToSweeper() => _session?.LeaveToSweeper();

    public async ValueTask DisposeAsync()
    {
        if (_stored is not null)
        {
            // Only the buffer matters now: nobody may have it while it is being stored.
            await _stored.ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Current);
        }

        ReturnSmall();
        ReturnLarge(ref _large);
        ReturnLarge(ref _spare);
        ReturnLarge(ref _storing);
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }
    }

    private async ValueTask MakeRoomAsync(CancellationToken cancellationToken)
    {
        if (_small is not null)
        {
            // With the whole body here, the small buffer was enough; another byte will make it grow.
            await GrowAsync(cancellationToken);
            return;
        }

        if (_stored is not null)
        {
            await FinishStoringAsync();
        }

        _storing = _large;
        _large = null;
        _stored = StoreAsync(_filling[.._filled], cancellationToken);
        _filling = default;
        _filled = 0;
        _spare ??= _pool.TryRent(_blobSize);
        if (_spare is null)
        {
            await FinishStoringAsync();
        }

        Fill(_spare!);
        _spare = null;
    }

    private async ValueTask GrowAsync(CancellationToken cancellationToken)
    {
        var expected = _lengthHint is { } hint && hint > _filled ? Math.Min(hint, _blobSize) : _blobSize;
        var large = await _pool.RentAsync((int)Math.Max(expected, _filled + 1), cancellationToken);
        _filling[.._filled].CopyTo(large.Memory);
        ReturnSmall();
        Fill(large);
    }

    private void Fill(BodyBuffer buffer)
    {
        _large = buffer;
        _filling = buffer.Memory[..Math.Min(buffer.Memory.Length, _blobSize)];
    }

    private async Task FinishStoringAsync()
    {
        await _stored!;
        _stored = null;
        if (_spare is null)
        {
            _spare = _storing;
        }
        else
        {
            _pool.Return(_storing!);
        }

        _storing = null;
    }

    private async Task StoreAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        _session ??= await _begin(cancellationToken);
        var write = _session.WriteAsync(data, cancellationToken);
        try
        {
            await _digest.AppendAsync(data, cancellationToken);
        }
        catch
        {
            await IgnoreAsync(write);
            throw;
        }

        try
        {
            _blobs.Add(new BlobEntry(await write, data.Length));
        }
        catch (PoolFullException e)
        {
            throw new ObjectStoreException(ObjectStoreError.StorageFull, e.Message, e);
        }
        catch (DeviceException e)
        {
            throw new ObjectStoreException(ObjectStoreError.Unavailable, e.Message, e);
        }
    }

    private static async ValueTask IgnoreAsync(ValueTask<BlobId> write)
    {
        try
        {
            await write;
        }
        catch (IOException)
        {
            // The first failure is the one to report.
        }
        catch (OperationCanceledException)
        {
        }
    }

    private void ReturnSmall()
    {
        if (_small is not null)
        {
            ArrayPool<byte>.Shared.Return(_small);
            _small = null;
            _filling = default;
        }
    }

    private void ReturnLarge(ref BodyBuffer? buffer)
    {
        if (buffer is not null)
        {
            _pool.Return(buffer);
            buffer = null;
        }
    }
}
