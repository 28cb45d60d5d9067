#pragma warning disable CA2012 // A ValueTask says at once that its job is complete, a Task only when the pool got to it.
namespace OrleansStorage.Hashing.Tests;

/// <summary>
/// A random history of an <see cref="Md5Engine"/>, with what each stream must end with. Every await is of something that
/// is complete, so that a seed gives the same history each time.
/// </summary>
internal sealed class Md5History(Random random, ManualExecutor executor, Md5Engine engine, byte[] data)
{
    private readonly List<Entry> _entries = [];

    public int Digests { get; private set; }

    public int Cancelled { get; private set; }

    public int Disposed { get; private set; }

    public int Queued { get; private set; }

    public async Task StepAsync()
    {
        executor.HasOtherWork = random.Next(4) != 0;
        var entry = _entries.Count > 0 ? _entries[random.Next(_entries.Count)] : null;
        switch (random.Next(16))
        {
            case < 2 when _entries.Count < 30:
                _entries.Add(new Entry(engine.CreateStream()));
                break;
            case < 9 when entry is { Append: null }:
                Append(entry);
                break;
            case < 13 when executor.Count > 0:
                executor.RunOne(random.Next(executor.Count));
                break;
            case 13 when InFlight() is { } inFlight && random.Next(3) == 0:
                await inFlight.Cancellation.CancelAsync();
                break;
            case 14 when InFlight() is { } inFlight && random.Next(3) == 0:
                await DisposeAsync(random.Next(8) == 0 ? entry! : inFlight);
                break;
            case 15 when entry is { Append: null }:
                Finish(entry);
                break;
        }

        await ConsumeAsync();
    }

    public async Task EndAsync()
    {
        executor.HasOtherWork = false;
        executor.RunAll();
        await ConsumeAsync();
        foreach (var entry in _entries.ToArray())
        {
            Finish(entry);
        }

        engine.Dispose();
    }

    public override string ToString() =>
        $"{Digests} digests, {Queued} queued, {Cancelled} cancelled, {Disposed} disposed in flight, {engine.Statistics}";

    private async Task ConsumeAsync()
    {
        foreach (var done in _entries.Where(one => one.Append is { IsCompleted: true }).ToArray())
        {
            await ConsumeAsync(done);
        }
    }

    private Entry? InFlight() => _entries.Find(entry => entry.Append is not null && !entry.Cancellation.IsCancellationRequested);

    private void Append(Entry entry)
    {
        var count = random.Next(3) == 0 ? random.Next(200) : random.Next(200 * 1024);
        count = Math.Min(count, data.Length - entry.Length);
        var append = entry.Stream.AppendAsync(data.AsMemory(entry.Length, count), entry.Cancellation.Token);
        entry.Length += count;
        Queued += append.IsCompleted ? 0 : 1;
        entry.Append = append;
    }

    private async Task ConsumeAsync(Entry entry)
    {
        try
        {
            await entry.Append!.Value;
            entry.Append = null;
        }
        catch (OperationCanceledException) when (entry.Cancellation.IsCancellationRequested)
        {
            Cancelled++;
            _entries.Remove(entry);
            entry.Stream.Dispose();
        }
    }

    private async Task DisposeAsync(Entry entry)
    {
        _entries.Remove(entry);
        entry.Stream.Dispose();
        if (entry.Append is null)
        {
            return;
        }

        try
        {
            await entry.Append.Value;
        }
        catch (ObjectDisposedException)
        {
            Disposed++;
        }
        catch (OperationCanceledException) when (entry.Cancellation.IsCancellationRequested)
        {
            Cancelled++;
        }
    }

    private void Finish(Entry entry)
    {
        _entries.Remove(entry);
        var digest = new byte[16];
        entry.Stream.Finish(digest);
        entry.Stream.Dispose();
        if (!ReferenceMd5.Of(data.AsSpan(0, entry.Length)).AsSpan().SequenceEqual(digest))
        {
            throw new InvalidOperationException($"The digest of {entry.Length} bytes is wrong.");
        }

        Digests++;
    }

    private sealed class Entry(Md5Stream stream)
    {
        public Md5Stream Stream { get; } = stream;

        public CancellationTokenSource Cancellation { get; } = new();

        public int Length { get; set; }

        public ValueTask? Append { get; set; }
    }
}
