using System.Collections.Concurrent;

namespace OrleansStorage.Parity;

/// <summary>What grains report to the test, by a key that the test chose.</summary>
public static class Journal
{
    private static readonly ConcurrentDictionary<string, ConcurrentQueue<object>> Entries = new();
    private static readonly ConcurrentDictionary<(string Key, object Entry), TaskCompletionSource> Awaited = new();

    public static void Add(string key, object entry)
    {
        Entries.GetOrAdd(key, static _ => new ConcurrentQueue<object>()).Enqueue(entry);
        Signal(key, entry).TrySetResult();
    }

    public static IReadOnlyList<object> Of(string key) => Entries.TryGetValue(key, out var entries) ? [.. entries] : [];

    /// <summary>Completes when the entry is there; fails the test when it does not come.</summary>
    public static Task WhenAsync(string key, object entry) => Signal(key, entry).Task.WaitAsync(TimeSpan.FromSeconds(60));

    private static TaskCompletionSource Signal(string key, object entry) =>
        Awaited.GetOrAdd((key, entry), static _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
}
