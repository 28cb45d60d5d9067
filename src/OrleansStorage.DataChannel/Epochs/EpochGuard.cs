namespace OrleansStorage.DataChannel.Epochs;

/// <summary>
/// Lets calls of a group pass while their epoch is the newest. When a newer one has been raised, no call of an older one is
/// under way any more: whoever heals the group afterwards sees all that they wrote.
/// </summary>
internal sealed class EpochGuard(IGroupEpochs epochs, bool inline)
{
    private readonly Dictionary<uint, Generation> _generations = [];

    /// <summary>Begins a call; it is under way until the lease is disposed.</summary>
    /// <exception cref="StaleEpochException">The device was told a newer epoch.</exception>
    public async ValueTask<EpochLease> EnterAsync(uint group, ulong epoch)
    {
        while (true)
        {
            Generation? generation;
            lock (_generations)
            {
                generation = Enter(group, epoch);
            }

            if (generation is not null)
            {
                return await WhenReadyAsync(generation);
            }

            await RaiseAsync(group, epoch);
        }
    }

    /// <summary>Raises the epoch; completes when it is durable and no older call is under way.</summary>
    /// <returns>The epoch that now holds.</returns>
    public async ValueTask<ulong> RaiseAsync(uint group, ulong epoch)
    {
        Generation next;
        Generation? before;
        lock (_generations)
        {
            _generations.TryGetValue(group, out before);
            var current = Current(group, before);
            if (epoch <= current && before is null)
            {
                return current;
            }

            next = epoch > current ? new Generation(group, epoch, Promise.Create(inline)) : before!;
            if (next != before)
            {
                next.Open = 1;
                _generations[group] = next;
            }
        }

        if (next == before)
        {
            await next.Ready;
            return next.Epoch;
        }

        await SettleAsync(next, before);
        return next.Epoch;
    }

    internal void Leave(Generation generation)
    {
        TaskCompletionSource? drained = null;
        lock (_generations)
        {
            if (--generation.Open == 0)
            {
                drained = generation.Drained;
                if (_generations.GetValueOrDefault(generation.Group) == generation)
                {
                    _generations.Remove(generation.Group);
                }
            }
        }

        drained?.SetResult();
    }

    private async ValueTask<EpochLease> WhenReadyAsync(Generation generation)
    {
        try
        {
            await generation.Ready;
            return new EpochLease(this, generation);
        }
        catch
        {
            Leave(generation);
            throw;
        }
    }

    /// <summary>Waits for the older calls, makes the epoch durable, and lets the newer ones go on.</summary>
    private async ValueTask SettleAsync(Generation next, Generation? before)
    {
        try
        {
            if (before is not null)
            {
                await DrainedAsync(before);
            }

            await epochs.RaiseAsync(next.Group, next.Epoch);
            next.Settled!.SetResult();
        }
        catch (Exception e)
        {
            next.Settled!.SetException(e);
            _ = next.Ready.Exception;
            throw;
        }
        finally
        {
            Leave(next);
        }
    }

    private Task DrainedAsync(Generation generation)
    {
        lock (_generations)
        {
            if (generation.Open == 0)
            {
                return Task.CompletedTask;
            }

            generation.Drained ??= Promise.Create(inline);
            return generation.Drained.Task;
        }
    }

    private Generation? Enter(uint group, ulong epoch)
    {
        _generations.TryGetValue(group, out var known);
        var current = Current(group, known);
        if (epoch < current)
        {
            throw new StaleEpochException(group, epoch, current);
        }

        if (epoch > current)
        {
            return null;
        }

        if (known is null || known.Epoch != current)
        {
            known = new Generation(group, current, null);
            _generations[group] = known;
        }

        known.Open++;
        return known;
    }

    private ulong Current(uint group, Generation? known) => Math.Max(epochs.Current(group), known?.Epoch ?? 0);

    /// <summary>The calls of one epoch of a group that are under way.</summary>
    internal sealed class Generation(uint group, ulong epoch, TaskCompletionSource? settled)
    {
        public uint Group { get; } = group;

        public ulong Epoch { get; } = epoch;

        public TaskCompletionSource? Settled { get; } = settled;

        public Task Ready => Settled?.Task ?? Task.CompletedTask;

        public int Open { get; set; }

        public TaskCompletionSource? Drained { get; set; }
    }
}

/// <summary>A call that an <see cref="EpochGuard"/> let pass; nothing when it has no group.</summary>
internal readonly struct EpochLease(EpochGuard guard, EpochGuard.Generation generation) : IDisposable
{
    public void Dispose() => guard?.Leave(generation);
}
