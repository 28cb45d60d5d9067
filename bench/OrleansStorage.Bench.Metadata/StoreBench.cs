using System.Diagnostics;
using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Bench.Metadata;

/// <summary>Commits, point reads and listings of one store.</summary>
internal static class StoreBench
{
    private const int Owners = 128;
    private const int ListingLength = 1_000;
    private static long _next;

    public static async Task RunAsync(string name, IMetadataStore store, BenchOptions options)
    {
        _next = 0;
        await using (store)
        {
            await SetUpAsync(store);
            foreach (var committers in new[] { 1, 16, 128 })
            {
                await Measure.RunAsync($"{name}: commits, {committers} at once", options, count => CommitAsync(store, committers, count));
            }

            await FillAsync(name, store, options);
            var random = Workload.NewRandom(1);
            await Measure.RunAsync($"{name}: get", options, async count =>
            {
                while (count.GoesOn)
                {
                    var row = await store.FindAsync(Schema.Objects, Workload.Key(random.NextInt64(_next)), default);
                    count.Add(row is null ? throw new InvalidOperationException("A row is missing.") : 1);
                }
            });
            await Measure.RunAsync($"{name}: list {ListingLength}", options, count => ListAsync(store, count));
        }
    }

    private static async Task SetUpAsync(IMetadataStore store)
    {
        var transaction = new MetadataTransaction().Put(Schema.BucketIds, new BucketIdRow(Workload.BucketId, "b"));
        for (var i = 0; i < Owners; i++)
        {
            transaction.Put(Schema.Owners, new OwnerRow($"bucket/{i}", 1, 1, IsSettled: true));
        }

        await store.CommitAsync(transaction, default);
    }

    private static Task CommitAsync(IMetadataStore store, int committers, Measure count) =>
        Task.WhenAll(Enumerable.Range(0, committers).Select(async committer =>
        {
            await Task.Yield();
            while (count.GoesOn)
            {
                var row = Workload.Row(Workload.Key(Interlocked.Increment(ref _next) - 1));
                await store.CommitAsync(Workload.Put($"bucket/{committer}", row), default);
                count.Add(1);
            }
        }));

    private static async Task FillAsync(string name, IMetadataStore store, BenchOptions options)
    {
        const int RowsPerCommit = 1_000;
        var watch = Stopwatch.StartNew();
        var before = Environment.CpuUsage.TotalTime;
        var first = _next;
        while (_next < options.Rows)
        {
            var transaction = new MetadataTransaction();
            for (var i = 0; i < RowsPerCommit; i++)
            {
                transaction.Put(Schema.Objects, Workload.Row(Workload.Key(_next++)));
            }

            await store.CommitAsync(transaction, default);
        }

        var rows = Math.Max(1, _next - first);
        var cpu = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / rows;
        Console.WriteLine($"{name + ": put, 1,000 a commit",-34} {rows / watch.Elapsed.TotalSeconds,12:N0}/s {cpu,10:N2} µs CPU each");
    }

    private static async Task ListAsync(IMetadataStore store, Measure count)
    {
        var random = Workload.NewRandom(2);
        while (count.GoesOn)
        {
            var range = new KeyRange<ObjectKey>(
                Workload.Key(random.NextInt64(_next)), FromInclusive: false, new ObjectKey(Workload.BucketId + 1, []));
            await store.ScanAsync(Schema.ObjectListing, range, ListingLength, default);
            count.Add(1);
        }
    }
}
