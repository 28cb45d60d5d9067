namespace OrleansStorage.Conformance.Crash;

/// <summary>
/// What may be seen at one key, whose writers overlap and crash. A state may be seen if a write that made it began before
/// the read ended, unless another write began after that one was acknowledged, and was itself acknowledged before the read
/// began. A write without acknowledgement may have happened late or never, so it is never superseded. Thread-safe.
/// </summary>
internal sealed class KeyHistory(string key, LogicalClock clock)
{
    private readonly Lock _gate = new();
    private List<WriteAttempt> _attempts = [new WriteAttempt(null, Began: 0) { Acknowledged = 0 }];

    public string Key => key;

    public WriteAttempt Begin(ObjectState? state)
    {
        var attempt = new WriteAttempt(state, clock.Tick());
        lock (_gate)
        {
            _attempts.Add(attempt);
        }

        return attempt;
    }

    public void Acknowledge(WriteAttempt attempt)
    {
        lock (_gate)
        {
            attempt.Acknowledged = clock.Tick();
        }
    }

    /// <summary>The server said that it did nothing.</summary>
    public void Refuse(WriteAttempt attempt)
    {
        lock (_gate)
        {
            _attempts.Remove(attempt);
        }
    }

    /// <summary>Why nobody may have seen this state between the two times; <see langword="null"/> when it is right.</summary>
    public string? Objection(ObjectState? seen, long readBegan, long readEnded)
    {
        lock (_gate)
        {
            var possible = _attempts.Where(attempt => attempt.Began < readEnded && !IsSuperseded(attempt, readBegan)).ToList();
            return possible.Exists(attempt => attempt.State == seen)
                ? null
                : $"{key} is {Show(seen)}, and may only be {string.Join(" or ", possible.Select(attempt => Show(attempt.State)).Distinct())}";
        }
    }

    /// <summary>Whether this is the state of a write that nobody acknowledged, and of no other.</summary>
    public bool IsUnacknowledged(ObjectState? seen)
    {
        lock (_gate)
        {
            var makers = _attempts.Where(attempt => attempt.State == seen).ToList();
            return makers.Count > 0 && makers.TrueForAll(attempt => !attempt.IsAcknowledged);
        }
    }

    /// <summary>With no write on its way any more, what is seen is what the history begins with from now on.</summary>
    public void Settle(ObjectState? seen)
    {
        lock (_gate)
        {
            _attempts = [new WriteAttempt(seen, clock.Tick()) { Acknowledged = clock.Tick() }];
        }
    }

    private bool IsSuperseded(WriteAttempt attempt, long readBegan) =>
        attempt.IsAcknowledged
        && _attempts.Exists(later => later.Began > attempt.Acknowledged && later.Acknowledged < readBegan);

    private static string Show(ObjectState? state) => state is null ? "absent" : $"{state.SizeBytes} bytes {state.Sha256}";
}
