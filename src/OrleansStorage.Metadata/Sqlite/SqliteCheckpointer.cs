namespace OrleansStorage.Metadata.Sqlite;

/// <summary>Copies the log into the database file beside the commits, on a thread and a connection of its own.</summary>
internal sealed class SqliteCheckpointer : IDisposable
{
    private readonly SqliteDatabase _database;
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly Thread _thread;
    private volatile bool _isRunning;
    private volatile bool _isDisposed;

    public SqliteCheckpointer(SqliteDatabase database)
    {
        _database = database;
        _thread = new Thread(Run) { IsBackground = true, Name = "metadata-checkpoint" };
        _thread.Start();
    }

    /// <summary>A copy is under way.</summary>
    public bool IsRunning => _isRunning;

    /// <summary>Why the last copy failed; null when it did not.</summary>
    public SqliteFailureException? Failure { get; private set; }

    /// <summary>Starts a copy; none is running.</summary>
    public void Start()
    {
        _isRunning = true;
        _wanted.Release();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _wanted.Release();
        _thread.Join();
        _database.Dispose();
        _wanted.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _wanted.Wait();
            if (_isDisposed)
            {
                return;
            }

            try
            {
                _database.Checkpoint(restart: false);
            }
            catch (SqliteFailureException failure)
            {
                Failure = failure;
            }

            _isRunning = false;
        }
    }
}
