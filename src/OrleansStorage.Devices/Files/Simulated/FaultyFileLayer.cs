namespace OrleansStorage.Devices.Files.Simulated;

/// <summary>Files in memory that fail in all the ways in which files fail, decided by one source of chance.</summary>
/// <remarks>
/// Owns no thread and reads no clock but the one it is given: calls complete before they return, or from a timer. With the same seed,
/// the same calls and a clock that is the test's, everything happens again exactly. Not safe for concurrent use.
/// </remarks>
public sealed class FaultyFileLayer : IFileLayer
{
    private readonly SimulatedMedium _medium;
    private readonly TimeProvider _time;
    private readonly HashSet<ITimer> _timers = [];
    private readonly Queue<PendingCommit> _commits = new();
    private bool _isDead;

    /// <summary>Makes an empty medium.</summary>
    /// <param name="random">Decides everything that is left to chance.</param>
    /// <param name="time">Decides when delayed calls complete.</param>
    /// <param name="faults">What goes wrong; <see langword="null"/> for nothing but what the methods ask for.</param>
    public FaultyFileLayer(Random random, TimeProvider time, FileFaults? faults = null)
        : this(new SimulatedMedium(random, faults ?? new FileFaults()), time)
    {
    }

    private FaultyFileLayer(SimulatedMedium medium, TimeProvider time)
    {
        _medium = medium;
        _time = time;
    }

    /// <summary>What goes wrong from now on.</summary>
    public FileFaults Faults => _medium.Faults;

    /// <summary>What went wrong so far, before crashes too.</summary>
    public FaultFigures Figures => _medium.Figures;

    /// <inheritdoc/>
    public bool CompletesInline => true;

    /// <summary>The files with their lengths, in order of their names.</summary>
    public IReadOnlyList<(string Name, long LengthBytes)> Files =>
        [.. _medium.Directory.Names.Select(file => (file.Key, file.Value.Length))];

    /// <summary>
    /// The process ends here, or the power does: what was not synced is lost, torn or kept, as chance decides. Whatever still calls this
    /// layer never gets an answer, like in a process that is gone.
    /// </summary>
    /// <returns>What the next process finds.</returns>
    public FaultyFileLayer Crash()
    {
        ObjectDisposedException.ThrowIf(_isDead, this);
        _isDead = true;
        foreach (var timer in _timers)
        {
            timer.Dispose();
        }

        foreach (var commit in _commits)
        {
            // What was being written may have reached the medium in part.
            if (!commit.IsWritten && _medium.Random.Next(2) == 0)
            {
                _ = Try(() => commit.Write(_medium.Allocate));
            }
        }

        _medium.Crash();
        return new FaultyFileLayer(_medium, _time);
    }

    /// <summary>The next sync before a crash fails.</summary>
    public void FailNextSync() => _medium.FailNextSync();

    /// <summary>Damages one bit of a file, durably.</summary>
    public void FlipBit(string name, long positionBytes, int bit)
    {
        _medium.Directory.Names[name].Flip(positionBytes, bit);
        Figures.FlippedBits++;
    }

    /// <summary>Makes a part of a file unreadable, durably; one part of a file at a time.</summary>
    public void Break(string name, long fromBytes, long toBytes) => _medium.Directory.Names[name].Broken = (fromBytes, toBytes);

    /// <summary>Removes a file, durably, as if the medium had lost it.</summary>
    public void LoseFile(string name)
    {
        _medium.Directory.Change(names => names.Remove(name));
        _medium.Directory.Sync();
    }

    /// <summary>The bytes of a file as reads see them.</summary>
    public byte[] ReadAll(string name)
    {
        var content = _medium.Directory.Names[name];
        var bytes = new byte[content.Length];
        content.Read(0, bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public IDisposable Lock()
    {
        if (_medium.IsLocked || _isDead)
        {
            throw new DeviceInUseException("The simulated device is open elsewhere.");
        }

        _medium.IsLocked = true;
        return new Held(this);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> ListAsync() =>
        RunAsync<IReadOnlyList<string>>(() => [.. _medium.Directory.Names.Keys]);

    /// <inheritdoc/>
    public ValueTask<ISegmentFile> CreateAsync(string name, long lengthBytes) => RunAsync<ISegmentFile>(() =>
    {
        if (_medium.Directory.Names.ContainsKey(name))
        {
            throw new IOException($"{name} exists.");
        }

        var content = new SimulatedContent();
        if (Faults.ReservesRoom)
        {
            _medium.Allocate(content, lengthBytes);
        }

        content.SetLength(lengthBytes);
        _medium.Directory.Change(names => names[name] = content);
        return new FaultyFile(this, _medium, content);
    });

    /// <inheritdoc/>
    public ValueTask<ISegmentFile> OpenAsync(string name) => RunAsync<ISegmentFile>(() =>
        _medium.Directory.Names.TryGetValue(name, out var content)
            ? new FaultyFile(this, _medium, content)
            : throw new FileNotFoundException($"There is no {name}.", name));

    /// <inheritdoc/>
    public ValueTask DeleteAsync(string name) => RunAsync(() => _medium.Directory.Change(names => names.Remove(name)));

    /// <inheritdoc/>
    public ValueTask RenameAsync(string name, string newName) => RunAsync(() => _medium.Directory.Change(names =>
    {
        if (names.Remove(name, out var content))
        {
            names[newName] = content;
        }
    }));

    /// <inheritdoc/>
    public ValueTask SyncDirectoryAsync() => RunAsync(() =>
    {
        _medium.ThrowIfSyncFails();
        _medium.Directory.Sync();
    });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal void Submit(SimulatedContent content, FileCommit commit)
    {
        if (_isDead)
        {
            return;
        }

        var pending = new PendingCommit(content, commit);
        _commits.Enqueue(pending);
        After(() =>
        {
            pending.Error = Try(() => pending.Write(_medium.Allocate));
            pending.IsWritten = true;
            SyncFirst();
        });
    }

    internal ValueTask<T> RunAsync<T>(Func<T> function)
    {
        var completion = new IoCompletion<T>(inline: true);
        if (!_isDead)
        {
            After(() =>
            {
                T result;
                try
                {
                    result = function();
                }
                catch (IOException e)
                {
                    completion.Fail(e);
                    return;
                }

                completion.Succeed(result);
            });
        }

        return completion.Task;
    }

    internal async ValueTask RunAsync(Action action) => await RunAsync(() =>
    {
        action();
        return true;
    });

    /// <summary>Syncs the first commit when it is written, then the next: they complete in order.</summary>
    private void SyncFirst()
    {
        if (!_commits.TryPeek(out var first) || !first.IsWritten || first.IsSyncing)
        {
            return;
        }

        first.IsSyncing = true;
        After(() =>
        {
            first.Error ??= Try(() => _medium.Sync(first.Content));
            _commits.Dequeue();
            first.Commit.Complete(first.Error);
            SyncFirst();
        });
    }

    private static IOException? Try(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (IOException e)
        {
            return e;
        }
    }

    private void After(Action action)
    {
        if (Faults.DelayMax <= TimeSpan.Zero)
        {
            action();
            return;
        }

        var delay = Faults.DelayMin + ((Faults.DelayMax - Faults.DelayMin) * _medium.Random.NextDouble());
        ITimer? timer = null;
        timer = _time.CreateTimer(
            _ =>
            {
                // A timer that was stopped may have been about to fire.
                if (!_isDead && _timers.Remove(timer!))
                {
                    timer!.Dispose();
                    action();
                }
            },
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
        _timers.Add(timer);
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private sealed class Held(FaultyFileLayer layer) : IDisposable
    {
        public void Dispose() => layer._medium.IsLocked &= layer._isDead;
    }

    private sealed class PendingCommit(SimulatedContent content, FileCommit commit)
    {
        public SimulatedContent Content { get; } = content;

        public FileCommit Commit { get; } = commit;

        public bool IsWritten { get; set; }

        public bool IsSyncing { get; set; }

        public IOException? Error { get; set; }

        public void Write(Action<SimulatedContent, long> allocate)
        {
            var position = Commit.PositionBytes;
            foreach (var buffer in Commit.Buffers)
            {
                allocate(Content, position + buffer.Length);
                Content.Write(position, buffer.Span);
                position += buffer.Length;
            }
        }
    }
}
