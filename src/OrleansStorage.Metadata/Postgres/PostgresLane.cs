using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;
using OrleansStorage.Metadata.Commits;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>One connection that commits: takes every transaction that waits and fits, and commits them together.</summary>
/// <remarks>
/// A batch that the server refuses (a deadlock, a full disk) is rolled back, and its transactions are tried one by one.
/// A batch whose connection breaks before COMMIT was sent is tried once more on a new one; after that its outcome is
/// unknown, and nothing is tried again.
/// </remarks>
internal sealed class PostgresLane
{
    private const int AttemptsMax = 5;
    private readonly NpgsqlDataSource _source;
    private readonly PostgresMetadataStoreOptions _options;
    private readonly Channel<CommitRequest> _queue;
    private readonly KeyEncoder _encoder = new();
    private readonly CommitMetrics _metrics = new("postgres");
    private readonly Task _loop;
    private NpgsqlConnection? _connection;
    private CommitRequest? _next;

    public PostgresLane(NpgsqlDataSource source, PostgresMetadataStoreOptions options)
    {
        _source = source;
        _options = options;
        _queue = Channel.CreateBounded<CommitRequest>(
            new BoundedChannelOptions(options.QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        // On the thread pool, whatever the context of who opens the store.
        _loop = Task.Factory.StartNew(
            RunAsync, CancellationToken.None, TaskCreationOptions.DenyChildAttach, TaskScheduler.Default).Unwrap();
    }

    /// <summary>Commits a transaction together with others.</summary>
    public async ValueTask CommitAsync(PreparedTransaction transaction, CancellationToken cancellationToken)
    {
        var request = new CommitRequest(transaction);
        request.GiveUpOn(cancellationToken);
        try
        {
            await _queue.Writer.WriteAsync(request, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(PostgresMetadataStore));
        }

        await request.Task;
    }

    /// <summary>Commits what is queued, and ends.</summary>
    public async ValueTask EndAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
        await DisconnectAsync();
    }

    private async Task RunAsync()
    {
        while (_next is not null || await _queue.Reader.WaitToReadAsync())
        {
            var batch = TakeBatch();
            if (batch.Requests.Count > 0)
            {
                await CommitAsync(batch);
            }
        }
    }

    private PostgresBatch TakeBatch()
    {
        var batch = new PostgresBatch(_encoder);
        if (_next is not null)
        {
            batch.TryAdd(_next);
            _next = null;
        }

        while (batch.Requests.Count < _options.BatchLengthMax && _queue.Reader.TryRead(out var request))
        {
            if (request.TryTake() && !batch.TryAdd(request))
            {
                _next = request;
                break;
            }
        }

        return batch;
    }

    private async ValueTask CommitAsync(PostgresBatch batch)
    {
        var startedAt = Stopwatch.GetTimestamp();
        var failure = await TryCommitAsync(batch);
        if (failure is RefusedException && batch.Requests.Count > 1)
        {
            await CommitOneByOneAsync(batch.Requests);
            return;
        }

        for (var attempt = 1; failure is RefusedException { IsTransient: true } && attempt < AttemptsMax; attempt++)
        {
            failure = await TryCommitAsync(batch);
        }

        foreach (var request in batch.Requests)
        {
            request.Violation ??= (failure as RefusedException)?.ToMetadataException() ?? failure as MetadataException;
        }

        _metrics.Answered(batch.Requests, startedAt);
        foreach (var request in batch.Requests)
        {
            request.Answer();
        }
    }

    private async ValueTask CommitOneByOneAsync(IReadOnlyList<CommitRequest> requests)
    {
        foreach (var request in requests)
        {
            request.Violation = null;
            var alone = new PostgresBatch(_encoder);
            alone.TryAdd(request);
            await CommitAsync(alone);
        }
    }

    /// <returns>Null, a <see cref="RefusedException"/>, or what the callers are told.</returns>
    private async ValueTask<Exception?> TryCommitAsync(PostgresBatch batch)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            try
            {
                _connection ??= await _source.OpenConnectionAsync();
                await batch.CommitAsync(_connection, _options.CommandTimeout);
                return null;
            }
            catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or TimeoutException or IOException)
            {
                if (failure is PostgresException refusal && await IsRolledBackAsync())
                {
                    return new RefusedException(refusal);
                }

                var wasConnected = _connection is not null;
                await DisconnectAsync();
                if (batch.IsCommitSent || isSecond || !wasConnected)
                {
                    return PostgresFailure.ToMetadataException(failure, outcomeUnknown: batch.IsCommitSent);
                }
            }
        }
    }

    /// <summary>After an error of the server: the connection works, and the transaction is surely undone.</summary>
    private async ValueTask<bool> IsRolledBackAsync()
    {
        if (_connection is not { FullState: System.Data.ConnectionState.Open })
        {
            return false;
        }

        try
        {
            await using var command = new NpgsqlCommand("ROLLBACK", _connection);
            await command.ExecuteNonQueryAsync();
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is not null)
        {
            var connection = _connection;
            _connection = null;
            await connection.DisposeAsync();
        }
    }

    private sealed class RefusedException(PostgresException refusal) : Exception(refusal.Message, refusal)
    {
        public bool IsTransient => refusal.IsTransient
            || refusal.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected;

        public MetadataException ToMetadataException() => PostgresFailure.ToMetadataException(refusal, outcomeUnknown: false);
    }
}
