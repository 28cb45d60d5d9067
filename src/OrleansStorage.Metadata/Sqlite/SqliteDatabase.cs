using OrleansStorage.Metadata.Rows;
using SQLitePCL;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>What a statement does to a table.</summary>
internal enum SqliteOperation
{
    Find,
    Exists,
    Put,
    Delete,
    ScanFrom,
    ScanAfter,
    AnyFrom,
    AnyAfter,
    DeleteFrom,
    DeleteAfter,
}

/// <summary>A connection to the database file with its prepared statements. For one thread at a time.</summary>
/// <remarks>Spoken to through SQLite's C interface: ADO.NET would cost several times the statement itself.</remarks>
internal sealed class SqliteDatabase : IDisposable
{
    private const int CacheMissStatus = 8; // SQLITE_DBSTATUS_CACHE_MISS
    private const int CacheWriteStatus = 9; // SQLITE_DBSTATUS_CACHE_WRITE
    private readonly Dictionary<(TableLayout Table, SqliteOperation Operation), SqliteStatement> _statements = [];
    private readonly Dictionary<string, SqliteStatement> _others = [];
    private readonly sqlite3 _handle;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>Opens the file, and makes it when it is not there.</summary>
    /// <exception cref="SqliteFailureException">It cannot be opened.</exception>
    public static SqliteDatabase Open(string path, long cacheBytes, bool readOnly)
    {
        const int Flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX;
        var code = raw.sqlite3_open_v2(path, out var handle, Flags, null);
        var database = new SqliteDatabase(handle);
        try
        {
            if (code != raw.SQLITE_OK)
            {
                throw database.Failure($"opening '{path}'");
            }

            raw.sqlite3_extended_result_codes(handle, 1);
            database.Execute(
                "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                + $"PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -{cacheBytes / 1024}; "
                + $"PRAGMA trusted_schema = OFF; PRAGMA query_only = {(readOnly ? "ON" : "OFF")};");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>The statement for an operation on a table, prepared once.</summary>
    public SqliteStatement Statement(TableLayout table, SqliteOperation operation)
    {
        if (!_statements.TryGetValue((table, operation), out var statement))
        {
            statement = Prepare(TextOf(table.Sql, operation));
            _statements.Add((table, operation), statement);
        }

        return statement;
    }

    /// <summary>A statement without a table, prepared once.</summary>
    public SqliteStatement Statement(string sql)
    {
        if (!_others.TryGetValue(sql, out var statement))
        {
            statement = Prepare(sql);
            _others.Add(sql, statement);
        }

        return statement;
    }

    /// <summary>Runs a statement that takes nothing and gives nothing.</summary>
    public void Run(string sql)
    {
        var statement = Statement(sql);
        try
        {
            statement.Step();
        }
        finally
        {
            statement.Reset();
        }
    }

    /// <summary>Runs a script.</summary>
    public void Execute(string script)
    {
        if (raw.sqlite3_exec(_handle, script) != raw.SQLITE_OK)
        {
            throw Failure("running a script");
        }
    }

    /// <summary>A transaction is open.</summary>
    public bool IsInTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Pages that this connection has written to the log since it was last asked.</summary>
    public int TakePagesWritten() => TakeStatus(CacheWriteStatus);

    /// <summary>Pages that this connection has read since it was last asked.</summary>
    public int TakePagesRead() => TakeStatus(CacheMissStatus);

    /// <summary>Copies pages from the log into the database file.</summary>
    /// <param name="restart">Wait for readers, so that the next commit begins the log anew.</param>
    /// <returns>Pages in the log, and how many of them are copied.</returns>
    public (int Log, int Copied) Checkpoint(bool restart)
    {
        var mode = restart ? raw.SQLITE_CHECKPOINT_RESTART : raw.SQLITE_CHECKPOINT_PASSIVE;
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", mode, out var log, out var copied);
        return code is raw.SQLITE_OK or raw.SQLITE_BUSY ? (log, copied) : throw Failure("copying the log");
    }

    /// <summary>The connection's last error as an exception.</summary>
    public SqliteFailureException Failure(string action) => new(
        raw.sqlite3_extended_errcode(_handle), action, raw.sqlite3_errmsg(_handle).utf8_to_string());

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var statement in _statements.Values.Concat(_others.Values))
        {
            statement.Dispose();
        }

        _handle.Dispose();
    }

    private int TakeStatus(int status)
    {
        raw.sqlite3_db_status(_handle, status, out var current, out _, 1);
        return current;
    }

    private SqliteStatement Prepare(string sql)
    {
        const uint Persistent = 1; // SQLITE_PREPARE_PERSISTENT
        return raw.sqlite3_prepare_v3(_handle, sql, Persistent, out var handle) == raw.SQLITE_OK
            ? new SqliteStatement(this, handle)
            : throw Failure($"preparing '{sql}'");
    }

    private static string TextOf(SqlText sql, SqliteOperation operation) => operation switch
    {
        SqliteOperation.Find => sql.Find,
        SqliteOperation.Exists => sql.Exists,
        SqliteOperation.Put => sql.Put,
        SqliteOperation.Delete => sql.Delete,
        SqliteOperation.ScanFrom or SqliteOperation.ScanAfter => sql.Scan(operation == SqliteOperation.ScanFrom),
        SqliteOperation.AnyFrom or SqliteOperation.AnyAfter => sql.Any(operation == SqliteOperation.AnyFrom),
        _ => sql.DeleteRange(operation == SqliteOperation.DeleteFrom),
    };
}
