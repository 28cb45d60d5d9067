namespace OrleansStorage.Devices.Files;

/// <summary>The files of a device in a directory of the operating system's file system.</summary>
/// <remarks>
/// Writes and syncs block, so they run on threads of this layer and never on the thread pool. A read that the page cache can
/// answer runs at once on the caller's thread (Linux); any other read runs on a worker.
/// </remarks>
public sealed class DirectoryFileLayer : IFileLayer
{
    private const string LockName = "lock";

    private readonly IoThreads _commitThreads;
    private readonly IoThreads _workers;
    private readonly CommitTurns _turns = new();

    /// <summary>Uses a directory, and makes it when it does not exist.</summary>
    /// <param name="directory">Path of the directory; nobody else keeps files there.</param>
    /// <param name="options">Threads; <see langword="null"/> for the defaults.</param>
    public DirectoryFileLayer(string directory, DirectoryFileLayerOptions? options = null)
    {
        options ??= new DirectoryFileLayerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.CommitThreads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.WorkerThreads, 1);
        Directory = Path.GetFullPath(directory);
        System.IO.Directory.CreateDirectory(Directory);
        _commitThreads = new IoThreads("device commit", options.CommitThreads);
        _workers = new IoThreads("device worker", options.WorkerThreads);
    }

    /// <summary>Full path of the directory.</summary>
    public string Directory { get; }

    /// <inheritdoc/>
    public bool CompletesInline => false;

    /// <inheritdoc/>
    public IDisposable Lock()
    {
        try
        {
            return new FileStream(PathOf(LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new DeviceInUseException($"The device in {Directory} is open elsewhere.", e);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListAsync() => RunAsync<IReadOnlyList<string>>(() =>
    {
        var names = System.IO.Directory.GetFiles(Directory).Select(p => Path.GetFileName(p)).Where(n => n != LockName).ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    });

    /// <inheritdoc/>
    public ValueTask<ISegmentFile> CreateAsync(string name, long lengthBytes) => RunAsync<ISegmentFile>(() =>
    {
        var handle = File.OpenHandle(PathOf(name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var file = new DirectorySegmentFile(this, handle, name, lengthBytes);
        try
        {
            file.Reserve(lengthBytes);
            return file;
        }
        catch
        {
            file.Dispose();
            File.Delete(PathOf(name));
            throw;
        }
    });

    /// <inheritdoc/>
    public ValueTask<ISegmentFile> OpenAsync(string name) => RunAsync<ISegmentFile>(() =>
    {
        var handle = File.OpenHandle(PathOf(name), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        return new DirectorySegmentFile(this, handle, name, RandomAccess.GetLength(handle));
    });

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string name) => RunAsync(() => File.Delete(PathOf(name)));

    /// <inheritdoc/>
    public ValueTask RenameAsync(string name, string newName) =>
        RunAsync(() => File.Move(PathOf(name), PathOf(newName), overwrite: true));

    /// <inheritdoc/>
    public ValueTask SyncDirectoryAsync() => RunAsync(SyncDirectory);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _commitThreads.Dispose();
        _workers.Dispose();
        return ValueTask.CompletedTask;
    }

    internal void PostCommit(DirectorySegmentFile file, FileCommit commit)
    {
        // Turns are taken in the order in which threads take the work, or two of them would wait for each other.
        lock (_turns)
        {
            _commitThreads.Post(new CommitWork(_turns, file, commit));
        }
    }

    internal void PostWork(IIoWork work) => _workers.Post(work);

    internal ValueTask RunAsync(Action action)
    {
        var call = new WorkerCall<bool>(() =>
        {
            action();
            return true;
        });
        _workers.Post(call);
        return call.UntypedTask;
    }

    internal ValueTask<T> RunAsync<T>(Func<T> function)
    {
        var call = new WorkerCall<T>(function);
        _workers.Post(call);
        return call.Task;
    }

    private string PathOf(string name) => Path.Combine(Directory, name);

    private void SyncDirectory()
    {
        // Windows makes a directory's changes durable with the file; there is no handle to sync.
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            LinuxIo.SyncDirectory(Directory);
        }
    }

    private sealed class WorkerCall<T>(Func<T> function) : IoCompletion<T>(inline: false), IIoWork
    {
        public void Execute()
        {
            T result;
            try
            {
                result = function();
            }
            catch (Exception e)
            {
                Fail(DirectorySegmentFile.Translate(e));
                return;
            }

            Succeed(result);
        }
    }
}
