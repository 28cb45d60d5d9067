using System.Diagnostics;
using System.Threading.Channels;
using OrleansStorage.Metadata.Commits;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>The one thread that writes: takes every transaction that waits, and commits them together.</summary>
/// <remarks>
/// Each transaction's conditions see the changes of those before it. When SQLite itself fails, the batch is rolled
/// back and its transactions are tried one by one, so that each gets its own answer. After a disk failure nothing is
/// committed any more: what the disk says after a failed sync cannot be relied on.
/// </remarks>
internal sealed class SqliteWriter
{
    private readonly SqliteDatabase _database;
    private readonly SqliteLog _log;
    private readonly Channel<CommitRequest> _queue;
    private readonly int _batchLengthMax;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SqliteFailureException? _diskFailure;

    public SqliteWriter(SqliteDatabase database, SqliteLog log, SqliteMetadataStoreOptions options)
    {
        _database = database;
        _log = log;
        _batchLengthMax = options.BatchLengthMax;
        _queue = Channel.CreateBounded<CommitRequest>(
            new BoundedChannelOptions(options.QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        new Thread(Run) { IsBackground = true, Name = "metadata-writer" }.Start();
    }

    /// <summary>What it has done.</summary>
    public CommitMetrics Metrics { get; } = new("sqlite");

    /// <summary>Commits a transaction together with others.</summary>
    public ValueTask CommitAsync(PreparedTransaction transaction, CancellationToken cancellationToken)
    {
        var request = new CommitRequest(transaction);
        request.GiveUpOn(cancellationToken);
        return _queue.Writer.TryWrite(request)
            ? new ValueTask(request.Task)
            : WaitToCommitAsync(request, cancellationToken);
    }

    /// <summary>Commits what is queued, and ends.</summary>
    public Task EndAsync()
    {
        _queue.Writer.TryComplete();
        return _ended.Task;
    }

    private async ValueTask WaitToCommitAsync(CommitRequest request, CancellationToken cancellationToken)
    {
        try
        {
            await _queue.Writer.WriteAsync(request, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteMetadataStore));
        }

        await request.Task;
    }

    private void Run()
    {
        var batch = new List<CommitRequest>(_batchLengthMax);
#pragma warning disable VSTHRD002 // This thread is the writer's own: it has nothing else to do than to wait.
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
#pragma warning restore VSTHRD002
        {
            batch.Clear();
            while (batch.Count < _batchLengthMax && _queue.Reader.TryRead(out var request))
            {
                if (request.TryTake())
                {
                    batch.Add(request);
                }
            }

            Commit(batch);
            TendLog();
        }

        _ended.SetResult();
    }

    private void Commit(List<CommitRequest> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        var startedAt = Stopwatch.GetTimestamp();
        if (TryCommit(batch, 0, batch.Count) is { } failure)
        {
            Settle(batch, failure);
        }

        Metrics.Answered(batch, startedAt);
        batch.ForEach(request => request.Answer());
    }

    /// <summary>After a batch has failed: what becomes of each of its requests.</summary>
    private void Settle(List<CommitRequest> batch, Failed failure)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Failed? own = batch.Count == 1 || failure.IsAfterCommit ? failure : TryCommit(batch, i, 1);
            if (own is { } known)
            {
                batch[i].Violation ??= known.Failure.ToMetadataException(known.IsAfterCommit);
            }
        }
    }

    /// <summary>Runs some requests as one SQL transaction; notes which of them violate a condition.</summary>
    private Failed? TryCommit(List<CommitRequest> batch, int start, int count)
    {
        if (_diskFailure is not null)
        {
            return new Failed(_diskFailure, IsAfterCommit: false);
        }

        var isAfterCommit = false;
        try
        {
            _database.Run("BEGIN IMMEDIATE");
            for (var i = start; i < start + count; i++)
            {
                batch[i].Violation = Apply(batch[i].Transaction);
            }

            isAfterCommit = true;
            _database.Run("COMMIT");
            return null;
        }
        catch (SqliteFailureException failure)
        {
            NoteFailure(failure);
            return new Failed(failure, isAfterCommit);
        }
    }

    private void NoteFailure(SqliteFailureException failure)
    {
        if (failure.IsDiskFailure)
        {
            _diskFailure = failure;
        }

        try
        {
            if (_database.IsInTransaction)
            {
                _database.Run("ROLLBACK");
            }
        }
        catch (SqliteFailureException rollback)
        {
            _diskFailure ??= rollback;
        }
    }

    private MetadataException? Apply(PreparedTransaction transaction)
    {
        foreach (var condition in transaction.Conditions)
        {
            if (!Holds(condition))
            {
                return condition.Violated();
            }
        }

        foreach (var change in transaction.Changes)
        {
            Apply(change);
        }

        return null;
    }

    private bool Holds(PreparedCondition condition)
    {
        var (table, range) = (condition.Table, condition.Range);
        var statement = _database.Statement(table, condition.Kind switch
        {
            ConditionKind.Epoch => SqliteOperation.Find,
            ConditionKind.Empty => range!.FromInclusive ? SqliteOperation.AnyFrom : SqliteOperation.AnyAfter,
            _ => SqliteOperation.Exists,
        });
        try
        {
            statement.Bind(table, range is null ? condition.Key : range.From);
            statement.Bind(table, range is null ? [] : range.To);
            var isThere = statement.Step();
            return condition.Kind switch
            {
                ConditionKind.Epoch => EpochOf(statement, isThere) == condition.Epoch,
                ConditionKind.Exists => isThere,
                _ => !isThere,
            };
        }
        finally
        {
            statement.Reset();
        }
    }

    private static long EpochOf(SqliteStatement owner, bool isThere) =>
        isThere ? Tables.Schema.Owners.Read(owner).Epoch : 0;

    private void Apply(PreparedChange change)
    {
        var (table, range) = (change.Table, change.Range);
        var statement = _database.Statement(table, change.Kind switch
        {
            ChangeKind.Put => SqliteOperation.Put,
            ChangeKind.Delete => SqliteOperation.Delete,
            _ => range!.FromInclusive ? SqliteOperation.DeleteFrom : SqliteOperation.DeleteAfter,
        });
        statement.Run(table, range is null ? change.Values : range.From, range is null ? [] : range.To);
    }

    private void TendLog()
    {
        try
        {
            _log.Tend();
        }
        catch (SqliteFailureException failure)
        {
            NoteFailure(failure);
        }
    }

    private readonly record struct Failed(SqliteFailureException Failure, bool IsAfterCommit);
}
