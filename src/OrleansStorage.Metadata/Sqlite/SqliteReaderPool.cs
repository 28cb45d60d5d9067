using System.Diagnostics.CodeAnalysis;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>Connections for reading, opened when they are first needed.</summary>
internal sealed class SqliteReaderPool(Func<SqliteDatabase> open, int size) : IAsyncDisposable
{
    private readonly SemaphoreSlim _free = new(size);
    private readonly Stack<SqliteDatabase> _idle = new(size);

    /// <summary>A connection, if one is free at once.</summary>
    public bool TryRent([NotNullWhen(true)] out SqliteDatabase? database)
    {
        database = _free.Wait(0) ? Take() : null;
        return database is not null;
    }

    /// <summary>A connection, as soon as one is free.</summary>
    public async ValueTask<SqliteDatabase> RentAsync(CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        return Take();
    }

    /// <summary>Gives a connection back.</summary>
    public void Return(SqliteDatabase database)
    {
        lock (_idle)
        {
            _idle.Push(database);
        }

        _free.Release();
    }

    /// <summary>Waits for the reads that run, and closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        for (var i = 0; i < size; i++)
        {
            await _free.WaitAsync();
        }

        while (_idle.TryPop(out var database))
        {
            database.Dispose();
        }

        _free.Dispose();
    }

    private SqliteDatabase Take()
    {
        try
        {
            lock (_idle)
            {
                if (_idle.TryPop(out var idle))
                {
                    return idle;
                }
            }

            return open();
        }
        catch
        {
            _free.Release();
            throw;
        }
    }
}
