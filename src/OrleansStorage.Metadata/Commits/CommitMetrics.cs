using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansStorage.Metadata.Commits;

/// <summary>What the group commits of one kind of store do: meter <c>OrleansStorage.Metadata</c>.</summary>
internal sealed class CommitMetrics(string store)
{
    private static readonly Meter Meter = new("OrleansStorage.Metadata");

    private static readonly Counter<long> Transactions = Meter.CreateCounter<long>(
        "ostor.metadata.transactions", "{transaction}", "Transactions answered, by store and outcome.");

    private static readonly Histogram<int> BatchLength = Meter.CreateHistogram<int>(
        "ostor.metadata.batch.length", "{transaction}", "Transactions that were committed together.");

    private static readonly Histogram<double> BatchDuration = Meter.CreateHistogram<double>(
        "ostor.metadata.batch.duration", "s", "How long a batch took, with its sync.");

    private readonly KeyValuePair<string, object?> _store = new("store", store);
    private long _batches;

    /// <summary>Batches so far.</summary>
    public long Batches => Volatile.Read(ref _batches);

    /// <summary>A batch is answered.</summary>
    /// <param name="requests">Its transactions.</param>
    /// <param name="startedAt">Timestamp of <see cref="Stopwatch"/> when it began.</param>
    public void Answered(IReadOnlyList<CommitRequest> requests, long startedAt)
    {
        Interlocked.Increment(ref _batches);
        BatchLength.Record(requests.Count, _store);
        BatchDuration.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds, _store);
        Count("committed", requests.Count(request => request.Violation is null));
        Count("refused", requests.Count(request => request.Violation is FencedException or MetadataConditionException));
        Count("failed", requests.Count(request => request.Violation is MetadataUnavailableException or MetadataCorruptException));
    }

    private void Count(string outcome, int transactions)
    {
        if (transactions > 0)
        {
            Transactions.Add(transactions, _store, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }
}
