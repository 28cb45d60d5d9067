namespace OrleansStorage.Devices.Log;

/// <summary>Collects what is found wrong with a device. Safe from any thread.</summary>
internal sealed class HealthLog
{
    private const int NotesMax = 32;

    private readonly Queue<string> _notes = new();
    private DeviceState _state = DeviceState.Healthy;
    private Exception? _failure;
    private long _lostRegions;
    private long _corruptReads;
    private long _tornBytes;

    public DeviceHealth Snapshot
    {
        get
        {
            lock (_notes)
            {
                return new DeviceHealth(_state, _failure?.Message, _lostRegions, _corruptReads, _tornBytes, [.. _notes]);
            }
        }
    }

    /// <summary>Throws when the device may not be used.</summary>
    public void ThrowIfUnusable()
    {
        if (_state != DeviceState.Healthy)
        {
            throw Unusable();
        }
    }

    public DeviceState State => _state;

    public bool IsHealthy => _state == DeviceState.Healthy;

    public Exception Unusable() => _state == DeviceState.Closed
        ? new ObjectDisposedException(nameof(LogDevice))
        : new DeviceFailedException($"The device is out of service: {_failure?.Message}", _failure);

    public void Fail(Exception cause)
    {
        lock (_notes)
        {
            if (_state == DeviceState.Healthy)
            {
                _state = DeviceState.Failed;
                _failure = cause;
                Add($"Out of service: {cause.Message}");
            }
        }
    }

    public void Close()
    {
        lock (_notes)
        {
            _state = DeviceState.Closed;
        }
    }

    public void Lost(string note)
    {
        lock (_notes)
        {
            _lostRegions++;
            Add(note);
        }
    }

    public void Corrupt(string note)
    {
        lock (_notes)
        {
            _corruptReads++;
            Add(note);
        }
    }

    public void Torn(long bytes)
    {
        lock (_notes)
        {
            _tornBytes += bytes;
        }
    }

    public void Note(string note)
    {
        lock (_notes)
        {
            Add(note);
        }
    }

    private void Add(string note)
    {
        if (_notes.Count == NotesMax)
        {
            _notes.Dequeue();
        }

        _notes.Enqueue(note);
    }
}
