using OrleansStorage.Hashing.MultiBuffer;

namespace OrleansStorage.Hashing.Tests;

/// <summary>Runs combiners when the test says so, one turn after the other, on the thread of the test.</summary>
internal sealed class ManualExecutor : IMd5Executor
{
    private readonly List<IThreadPoolWorkItem> _items = [];

    /// <summary>With this, a combiner gives its turn back after every segment.</summary>
    public bool HasOtherWork { get; set; }

    public int Count => _items.Count;

    public void Schedule(IThreadPoolWorkItem item) => _items.Add(item);

    public void RunOne(int index = 0)
    {
        var item = _items[index];
        _items.RemoveAt(index);
        item.Execute();
    }

    public void RunAll()
    {
        while (Count > 0)
        {
            RunOne();
        }
    }
}
