using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;
using OrleansStorage.Hashing;

namespace OrleansStorage.Devices.Memory;

/// <summary>A device in memory: everything is lost when it is disposed or its process ends.</summary>
/// <remarks>
/// Every call completes before it returns. Fragments and blocks lie in pages of 4 KiB outside of the managed heap, each with
/// its CRC-32C, verified on every read: memory is not always what was written to it. Bytes are copied without holding the lock.
/// </remarks>
public sealed partial class MemoryDevice : IDevice
{
    private readonly Lock _gate = new();
    private readonly SortedTable<FragmentId, StoredPages> _fragments = new();
    private readonly SortedTable<ExtentId, MemoryExtent> _extents = new();
    private readonly PageArena _arena;
    private readonly HealthLog _health = new();
    private readonly DeviceMeter _meter;
    private long _blocks;

    /// <summary>Makes an empty device.</summary>
    /// <param name="identity">What it is; at most 8 TiB. The capacity is taken from the system as it is needed.</param>
    public MemoryDevice(DeviceIdentity identity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(identity.CapacityBytes, PageArena.PageBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(identity.CapacityBytes, (long)int.MaxValue * PageArena.PageBytes);
        Identity = identity;
        _arena = new PageArena((int)(identity.CapacityBytes / PageArena.PageBytes));
        _meter = new DeviceMeter(identity);
    }

    /// <inheritdoc/>
    public DeviceIdentity Identity { get; }

    /// <inheritdoc/>
    public DeviceState State => _health.State;

    /// <inheritdoc/>
    public DeviceHealth Health => _health.Snapshot;

    /// <inheritdoc/>
    public DeviceUsage Usage
    {
        get
        {
            lock (_gate)
            {
                var used = (long)(_arena.Pages - _arena.FreePages) * PageArena.PageBytes;
                var free = (long)_arena.FreePages * PageArena.PageBytes;
                return new DeviceUsage(used, used, Identity.CapacityBytes, free, _fragments.Count, _blocks);
            }
        }
    }

    internal PageArena Arena => _arena;

    /// <inheritdoc/>
    public ValueTask WriteFragmentAsync(FragmentId id, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        Store(id, payload.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask WriteFragmentsAsync(IReadOnlyList<FragmentWrite> fragments, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfZero(fragments.Count);
        foreach (var fragment in fragments)
        {
            Store(fragment.Id, fragment.Payload.Span);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ReadFragmentAsync(
        FragmentId id, int offsetBytes, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        while (true)
        {
            StoredPages stored;
            lock (_gate)
            {
                if (!_fragments.TryGet(id, out stored))
                {
                    throw new FragmentNotFoundException(id);
                }
            }

            ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(offsetBytes, stored.LengthBytes);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(destination.Length, stored.LengthBytes - offsetBytes, nameof(destination));
            var isIntact = TryRead(stored, offsetBytes, destination.Span);
            if (!IsStill(stored))
            {
                continue;
            }

            if (!isIntact)
            {
                throw Corrupt($"Fragment {id}");
            }

            _meter.Read(destination.Length);
            return ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteFragmentsAsync(IReadOnlyList<FragmentId> ids, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        lock (_gate)
        {
            foreach (var id in ids)
            {
                if (_fragments.TryGet(id, out var stored))
                {
                    _fragments.Remove(id);
                    Free(stored.Pages);
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<int?> FindFragmentAsync(FragmentId id, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        lock (_gate)
        {
            return new ValueTask<int?>(_fragments.TryGet(id, out var stored) ? stored.LengthBytes : null);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FragmentEntry>> ListFragmentsAsync(
        FragmentId after, int limit, CancellationToken cancellationToken)
    {
        Begin(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        var page = new List<KeyValuePair<FragmentId, StoredPages>>(Math.Min(limit, 1024));
        lock (_gate)
        {
            _fragments.CopyAfter(after, limit, page);
        }

        return new ValueTask<IReadOnlyList<FragmentEntry>>(
            page.ConvertAll(entry => new FragmentEntry(entry.Key, entry.Value.LengthBytes)));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _health.Close();
        return ValueTask.CompletedTask;
    }

    private void Begin(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _health.ThrowIfUnusable();
    }

    private void Store(FragmentId id, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(payload.Length, 1, nameof(payload));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, FragmentId.SizeMaxBytes, nameof(payload));
        var stored = Fill(payload);
        StoredPages known;
        lock (_gate)
        {
            if (!_fragments.TryGet(id, out known))
            {
                _fragments.Set(id, stored);
                return;
            }

            Free(stored.Pages);
        }

        if (known.LengthBytes != payload.Length || !HasSameChecksums(known, stored))
        {
            throw new FragmentExistsException(id);
        }
    }

    private static bool HasSameChecksums(StoredPages a, StoredPages b)
    {
        for (var i = 0; i < a.Pages.Length; i++)
        {
            if (a.Pages[i].Crc != b.Pages[i].Crc)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies bytes into pages that nobody else knows yet.</summary>
    private StoredPages Fill(ReadOnlySpan<byte> payload)
    {
        var pages = new StoredPage[(payload.Length + PageArena.PageBytes - 1) / PageArena.PageBytes];
        Take(pages);
        var rest = payload;
        foreach (ref var page in pages.AsSpan())
        {
            var piece = rest[..Math.Min(rest.Length, PageArena.PageBytes)];
            piece.CopyTo(_arena[page.Number]);
            page.Crc = Crc32C.Append(0, piece);
            rest = rest[piece.Length..];
        }

        _meter.Committed(1, payload.Length);
        return new StoredPages(pages, payload.Length);
    }

    private void Take(Span<StoredPage> pages)
    {
        lock (_gate)
        {
            if (_arena.FreePages < pages.Length)
            {
                throw new DeviceFullException($"Device {Identity.Id} is full.");
            }

            foreach (ref var page in pages)
            {
                page.Number = _arena.Take();
                page.Stamp = _arena.Stamp(page.Number);
            }
        }
    }

    private void Free(ReadOnlySpan<StoredPage> pages)
    {
        foreach (var page in pages)
        {
            _arena.Free(page.Number);
        }
    }

    /// <summary>Copies a range and verifies the pages that it touches; <see langword="false"/> when one is damaged.</summary>
    private bool TryRead(StoredPages stored, int offsetBytes, Span<byte> destination)
    {
        for (var done = 0; done < destination.Length;)
        {
            var position = offsetBytes + done;
            var index = position / PageArena.PageBytes;
            var page = stored.Pages[index];
            var bytes = _arena[page.Number][..Math.Min(PageArena.PageBytes, stored.LengthBytes - (index * PageArena.PageBytes))];
            var from = position % PageArena.PageBytes;
            var count = Math.Min(bytes.Length - from, destination.Length - done);
            var target = destination.Slice(done, count);
            bytes.Slice(from, count).CopyTo(target);

            // What was copied is what is verified: a page that changes in between cannot slip through.
            var crc = Crc32C.Append(Crc32C.Append(Crc32C.Append(0, bytes[..from]), target), bytes[(from + count)..]);
            if (crc != page.Crc)
            {
                return false;
            }

            done += count;
        }

        return true;
    }

    private bool IsStill(StoredPages stored)
    {
        Thread.MemoryBarrier();
        foreach (var page in stored.Pages)
        {
            if (_arena.Stamp(page.Number) != page.Stamp)
            {
                return false;
            }
        }

        return true;
    }

    private CorruptFragmentException Corrupt(string what)
    {
        var message = $"{what} does not match its checksum in memory.";
        _health.Corrupt(message);
        _meter.Corrupt();
        return new CorruptFragmentException(message);
    }
}
