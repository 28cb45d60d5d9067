using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Pools;

/// <summary>
/// Repairs damaged fragments in the background, one blob after the other; what does not fit into the queue is dropped.
/// </summary>
internal sealed class RepairQueue(IGroupPlacement placement, IBlobProtection protection, int max, bool inline) : IDisposable
{
    private readonly Queue<BlobId> _queue = new();
    private readonly Dictionary<BlobId, SortedSet<int>> _waiting = [];
    private readonly HashSet<(BlobId Blob, int Slot)> _queued = [];
    private readonly CancellationTokenSource _stop = new();
    private TaskCompletionSource? _wake;
    private Task _loop = Task.CompletedTask;
    private long _repaired;
    private long _failed;
    private long _dropped;

    public (long Repaired, long Failed, long Dropped, int Waiting) Figures
    {
        get
        {
            lock (_queue)
            {
                return (_repaired, _failed, _dropped, _queued.Count);
            }
        }
    }

    public void Start() => _loop = RunAsync();

    public void Add(BlobId blob, IReadOnlyList<int> slots)
    {
        TaskCompletionSource? wake;
        lock (_queue)
        {
            foreach (var slot in slots)
            {
                if (_queued.Count >= max)
                {
                    _dropped++;
                }
                else if (_queued.Add((blob, slot)))
                {
                    Enqueue(blob, slot);
                }
            }

            wake = _wake;
            _wake = null;
        }

        wake?.TrySetResult();
    }

    public void Dispose() => _stop.Dispose();

    public async ValueTask StopAsync()
    {
        TaskCompletionSource? wake;
#pragma warning disable VSTHRD103, CA1849 // On the caller's turn, not on a thread of the pool: simulations have one thread.
        _stop.Cancel();
#pragma warning restore VSTHRD103, CA1849
        lock (_queue)
        {
            wake = _wake;
            _wake = null;
        }

        wake?.TrySetResult();
        await _loop;
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            BlobId next;
            SortedSet<int> slots = [];
            Task? idle = null;
            lock (_queue)
            {
                if (!_queue.TryDequeue(out next) || !_waiting.Remove(next, out slots!))
                {
                    _wake = new TaskCompletionSource(
                        inline ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);
                    idle = _wake.Task;
                }
            }

            if (idle is null)
            {
                await RepairAsync(next, [.. slots]);
            }
            else
            {
                await idle;
            }
        }
    }

    /// <summary>The slots of a blob wait together, so that the others are read once.</summary>
    private void Enqueue(BlobId blob, int slot)
    {
        if (!_waiting.TryGetValue(blob, out var slots))
        {
            _waiting.Add(blob, slots = []);
            _queue.Enqueue(blob);
        }

        slots.Add(slot);
    }

    private async ValueTask RepairAsync(BlobId blob, int[] slots)
    {
        var isRepaired = false;
        try
        {
            isRepaired = placement.Find(blob.Group) is { } group
                && await protection.RepairAsync(group, blob, slots, _stop.Token);
        }
        catch (Exception e) when (e is DeviceException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever reads it next asks again.
        }

        lock (_queue)
        {
            foreach (var slot in slots)
            {
                _queued.Remove((blob, slot));
            }

            _repaired += isRepaired ? slots.Length : 0;
            _failed += isRepaired ? 0 : slots.Length;
        }
    }
}
