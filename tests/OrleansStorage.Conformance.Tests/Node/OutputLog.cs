using System.Diagnostics;

namespace OrleansStorage.Conformance.Node;

/// <summary>Collects what a silo prints, the newest lines within a bound, and notices the ready line.</summary>
internal sealed class OutputLog
{
    private const int LinesMax = 2000;

    private readonly Lock _gate = new();
    private readonly Process _process;
    private readonly Queue<string> _all = [];
    private readonly List<string> _standard = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public OutputLog(Process process)
    {
        _process = process;
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) => Add(line.Data, isError: false);
        process.ErrorDataReceived += (_, line) => Add(line.Data, isError: true);
        process.Exited += (_, _) => _ready.TrySetException(new ProcessEndedException(this));
        // A process that is not expected to become ready leaves this unobserved.
        _ = _ready.Task.ContinueWith(static task => task.Exception, TaskScheduler.Default);
    }

    public ReadyLine? Ready { get; private set; }

    public Task WhenReady => _ready.Task;

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return "---- output of the silo ----" + Environment.NewLine + string.Join(Environment.NewLine, _all);
            }
        }
    }

    public IReadOnlyList<string> StandardLines
    {
        get
        {
            lock (_gate)
            {
                return [.. _standard];
            }
        }
    }

    public void Begin()
    {
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Add(string? line, bool isError)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _all.Enqueue(line);
            if (_all.Count > LinesMax)
            {
                _all.Dequeue();
            }

            if (!isError && _standard.Count < LinesMax)
            {
                _standard.Add(line);
            }
        }

        if (!isError && Ready is null && ReadyLine.TryParse(line) is { } ready)
        {
            Ready = ready;
            _ready.TrySetResult();
        }
    }
}
