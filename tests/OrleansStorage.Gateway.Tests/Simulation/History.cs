namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>Everything that clients asked and were told, by key.</summary>
internal sealed class History
{
    private readonly Dictionary<string, List<Operation>> _byKey = new(StringComparer.Ordinal);
    private long _clock;

    /// <summary>How many operations of each kind were answered; open ones under "Open".</summary>
    public Dictionary<string, int> Counts { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, List<Operation>> ByKey => _byKey;

    /// <summary>The next point in real time.</summary>
    public long Tick() => ++_clock;

    public void Add(string key, OperationKind kind, long value, long begun, long expected = 0) =>
        Add(key, new Operation(kind, value, expected, begun, Tick()), kind.ToString());

    /// <summary>A write that nobody knows the outcome of.</summary>
    public void AddOpen(string key, OperationKind kind, long value, long begun, long expected = 0) =>
        Add(key, new Operation(kind, value, expected, begun, long.MaxValue), "Open");

    private void Add(string key, Operation operation, string count)
    {
        if (!_byKey.TryGetValue(key, out var operations))
        {
            _byKey[key] = operations = [];
        }

        operations.Add(operation);
        Counts[count] = Counts.GetValueOrDefault(count) + 1;
    }
}
