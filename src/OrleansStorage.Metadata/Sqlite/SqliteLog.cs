namespace OrleansStorage.Metadata.Sqlite;

/// <summary>Keeps the write-ahead log short without holding commits up.</summary>
/// <remarks>
/// <code>
/// Growing   log reaches its limit       → Copying: the bulk is copied beside the commits
/// Copying   the copy is done            → Growing: the writer copies what came meanwhile, which is little
/// </code>
/// When everything is copied and no reader is in the log, the next commit begins it anew. Should readers prevent that
/// until the log is four times its limit, the writer waits for them.
/// </remarks>
internal sealed class SqliteLog(SqliteDatabase writer, SqliteCheckpointer checkpointer, int pagesMax)
{
    private int _pages;
    private bool _isCopying;

    /// <summary>To be called by the writer between transactions.</summary>
    /// <exception cref="SqliteFailureException">The log cannot be copied.</exception>
    public void Tend()
    {
        _pages += writer.TakePagesWritten();
        if (checkpointer.IsRunning || (!_isCopying && _pages < pagesMax))
        {
            return;
        }

        if (checkpointer.Failure is { IsDiskFailure: true } failure)
        {
            throw failure;
        }

        if (!_isCopying)
        {
            _isCopying = true;
            checkpointer.Start();
            return;
        }

        _isCopying = false;
        var (log, copied) = writer.Checkpoint(restart: false);
        if (log == copied && log > 4 * pagesMax)
        {
            writer.Checkpoint(restart: true);
        }

        _pages = log - copied;
    }
}
