using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>A metadata store in one SQLite file, for one process.</summary>
/// <remarks>
/// Write-ahead log with <c>synchronous=FULL</c>: a commit is answered when its log pages are synced. One thread writes
/// and group-commits; reads run on their caller's thread, over snapshots, and never wait for the writer. Beside the
/// file lie SQLite's own <c>-wal</c> and <c>-shm</c>, and <c>.lock</c>, which keeps other processes out.
/// After an I/O error no commit is accepted until the store is opened anew.
/// </remarks>
public sealed class SqliteMetadataStore : IMetadataStore
{
    private const int PageBytes = 4096;
    private readonly FileStream _lock;
    private readonly SqliteDatabase _database;
    private readonly SqliteCheckpointer _checkpointer;
    private readonly SqliteWriter _writer;
    private readonly SqliteReaderPool _readers;
    private int _isDisposed;

    private SqliteMetadataStore(string path, SqliteMetadataStoreOptions options, FileStream fileLock)
    {
        IsExclusive = options.IsExclusive;
        _lock = fileLock;
        _database = SqliteDatabase.Open(path, options.CacheBytes, readOnly: false);
        try
        {
            SqliteMigrator.Migrate(_database);
            _checkpointer = new SqliteCheckpointer(SqliteDatabase.Open(path, cacheBytes: 1024 * 1024, readOnly: false));
        }
        catch
        {
            _database.Dispose();
            throw;
        }

        _readers = new SqliteReaderPool(
            () => SqliteDatabase.Open(path, options.CacheBytes / 8, readOnly: true), options.Readers);
        var log = new SqliteLog(_database, _checkpointer, (int)(options.LogBytes / PageBytes));
        _writer = new SqliteWriter(_database, log, options);
    }

    /// <inheritdoc/>
    public bool IsExclusive { get; }

    /// <summary>SQL transactions so far.</summary>
    internal long Batches => _writer.Metrics.Batches;

    /// <summary>Opens the file, makes it when it is not there, and brings its schema up to date.</summary>
    /// <param name="path">The database file; its directory exists.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <exception cref="MetadataUnavailableException">Another process has it open, or it cannot be opened.</exception>
    /// <exception cref="MetadataCorruptException">It is damaged, or no SQLite file.</exception>
    /// <exception cref="Migrations.MetadataSchemaException">It was written by a newer program.</exception>
    public static SqliteMetadataStore Open(string path, SqliteMetadataStoreOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new SqliteMetadataStoreOptions();
        options.Validate();
        var fileLock = Lock(path);
        try
        {
            return new SqliteMetadataStore(path, options, fileLock);
        }
        catch (SqliteFailureException failure)
        {
            fileLock.Dispose();
            throw failure.ToMetadataException(outcomeUnknown: false);
        }
        catch
        {
            fileLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        var prepared = PreparedTransaction.From(transaction);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : _writer.CommitAsync(prepared, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<TRow?> FindAsync<TKey, TRow>(Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class =>
        ReadAsync(static (database, call) => Find(database, call.table, call.key), (table, key), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<TRow>> ScanAsync<TKey, TRow>(
        Table<TKey, TRow> table, KeyRange<TKey> range, int limit, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return ReadAsync<(Table<TKey, TRow> Table, KeyRange<TKey> Range, int Limit), IReadOnlyList<TRow>>(
            static (database, call) => Scan(database, call.Table, call.Range, call.Limit),
            (table, range, limit),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _writer.EndAsync();
        await _readers.DisposeAsync();
        _checkpointer.Dispose();
        _database.Dispose();
        await _lock.DisposeAsync();
    }

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception)
        {
            throw new MetadataUnavailableException(
                $"'{path}' cannot be locked: another process, or another store of this one, has it open.",
                outcomeUnknown: false,
                exception);
        }
    }

    private ValueTask<TResult> ReadAsync<TCall, TResult>(
        Func<SqliteDatabase, TCall, TResult> read, TCall call, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<TResult>(cancellationToken);
        }

        try
        {
            return _readers.TryRent(out var database)
                ? new ValueTask<TResult>(Read(database, read, call))
                : WaitToReadAsync(read, call, cancellationToken);
        }
        catch (SqliteFailureException failure)
        {
            return ValueTask.FromException<TResult>(failure.ToMetadataException(outcomeUnknown: false));
        }
    }

    private async ValueTask<TResult> WaitToReadAsync<TCall, TResult>(
        Func<SqliteDatabase, TCall, TResult> read, TCall call, CancellationToken cancellationToken)
    {
        try
        {
            return Read(await _readers.RentAsync(cancellationToken), read, call);
        }
        catch (SqliteFailureException failure)
        {
            throw failure.ToMetadataException(outcomeUnknown: false);
        }
    }

    private TResult Read<TCall, TResult>(SqliteDatabase database, Func<SqliteDatabase, TCall, TResult> read, TCall call)
    {
        try
        {
            return read(database, call);
        }
        finally
        {
            _readers.Return(database);
        }
    }

    private static TRow? Find<TKey, TRow>(SqliteDatabase database, Table<TKey, TRow> table, TKey key)
        where TKey : notnull
        where TRow : class
    {
        var statement = database.Statement(table.Layout, SqliteOperation.Find);
        try
        {
            table.WriteKey(key, statement);
            return statement.Step() ? table.Read(statement) : null;
        }
        finally
        {
            statement.Reset();
        }
    }

    private static List<TRow> Scan<TKey, TRow>(
        SqliteDatabase database, Table<TKey, TRow> table, KeyRange<TKey> range, int limit)
        where TKey : notnull
        where TRow : class
    {
        var operation = range.FromInclusive ? SqliteOperation.ScanFrom : SqliteOperation.ScanAfter;
        var statement = database.Statement(table.Layout, operation);
        var rows = new List<TRow>();
        try
        {
            table.WriteKey(range.From, statement);
            table.WriteKey(range.To, statement);
            statement.Int64(limit);
            while (statement.Step())
            {
                rows.Add(table.Read(statement));
            }

            return rows;
        }
        finally
        {
            statement.Reset();
        }
    }
}
