using System.Collections.Concurrent;

namespace OrleansStorage.Parity;

/// <summary>A named place where a grain waits until the test lets it go on. Silos and tests share one process.</summary>
public sealed class Gate
{
    private static readonly ConcurrentDictionary<string, Gate> Gates = new();
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a grain has come to the gate; fails the test when none does.</summary>
    public Task Entered => _entered.Task.WaitAsync(Patience);

    public bool IsEntered => _entered.Task.IsCompleted;

    public static Gate Of(string name) => Gates.GetOrAdd(name, static _ => new Gate());

    public void Open() => _opened.TrySetResult();

    /// <summary>What a grain does at the gate.</summary>
    public Task PassAsync()
    {
        _entered.TrySetResult();
        return _opened.Task;
    }
}
