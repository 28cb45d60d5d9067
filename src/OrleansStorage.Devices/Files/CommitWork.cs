namespace OrleansStorage.Devices.Files;

/// <summary>Hands out the order of syncs.</summary>
/// <remarks>
/// The thread that took a commit copies it into the page cache at once and then waits for its turn to sync, so the copy of
/// one commit overlaps the sync of the commit before, without a hand-over between threads when there is only one.
/// </remarks>
internal sealed class CommitTurns
{
    private readonly object _gate = new();
    private long _issued;
    private long _current;

    /// <summary>Called in the order in which commits are given.</summary>
    public long Issue() => _issued++;

    public void Await(long turn)
    {
        lock (_gate)
        {
            while (_current != turn)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    public void Pass()
    {
        lock (_gate)
        {
            _current++;
            Monitor.PulseAll(_gate);
        }
    }
}

/// <summary>One commit on a commit thread.</summary>
internal sealed class CommitWork : IIoWork
{
    private readonly CommitTurns _turns;
    private readonly DirectorySegmentFile _file;
    private readonly FileCommit _commit;
    private readonly long _turn;

    public CommitWork(CommitTurns turns, DirectorySegmentFile file, FileCommit commit)
    {
        _turns = turns;
        _file = file;
        _commit = commit;
        _turn = turns.Issue();
    }

    public void Execute()
    {
        var error = Try(_file, _commit, static (file, commit) => file.Write(commit.PositionBytes, commit.Buffers));
        _turns.Await(_turn);
        try
        {
            error ??= Try(_file, _commit, static (file, _) => file.SyncData());
            _commit.Complete(error);
        }
        finally
        {
            _turns.Pass();
        }
    }

    private static Exception? Try(DirectorySegmentFile file, FileCommit commit, Action<DirectorySegmentFile, FileCommit> action)
    {
        try
        {
            action(file, commit);
            return null;
        }
        catch (Exception e)
        {
            return DirectorySegmentFile.Translate(e);
        }
    }
}
