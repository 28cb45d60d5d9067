using System.Buffers;
using System.Threading.Tasks.Sources;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>Where a job is. Changes only under the lock of the <see cref="Md5Queue"/>.</summary>
internal enum Md5JobStatus
{
    /// <summary>The stream has nothing to compute; its fields belong to the caller.</summary>
    Idle,

    /// <summary>Waiting in the queue.</summary>
    Queued,

    /// <summary>In a lane of a combiner that is between two segments.</summary>
    Claimed,

    /// <summary>Some thread is reading the data right now.</summary>
    Computing,
}

/// <summary>The whole blocks of one append, and the state they advance. A stream has one, and uses it again and again.</summary>
/// <remarks>
/// <code>
/// Idle ── alone ──→ Computing ──→ Idle            the caller computes; nobody else is active
/// Computing ── others came ──→ Queued             the caller stops at a segment and queues the rest
/// Idle ──→ Queued ──→ Claimed ⇄ Computing ──→ Idle
/// Queued, Claimed ── stream disposed, cancelled ──→ Idle
/// </code>
/// The data is pinned from Queued until Idle. Nobody touches a job after <see cref="Complete"/>: its stream may already
/// be in the next append.
/// </remarks>
internal sealed unsafe class Md5Job : IValueTaskSource
{
    private readonly Action<bool> _onConsumed;
    private ManualResetValueTaskSourceCore<bool> _completion;
    private MemoryHandle _pin;
    private volatile bool _isAbandoned;

    /// <summary>An idle job.</summary>
    /// <param name="onConsumed">Called when the caller has seen the outcome: the append succeeded, or was abandoned.</param>
    public Md5Job(Action<bool> onConsumed) => _onConsumed = onConsumed;

    /// <summary>The state after all blocks that were computed.</summary>
    public Md5State State = Md5State.Initial;

    /// <summary>Where the job is.</summary>
    public Md5JobStatus Status { get; set; }

    /// <summary>The stream is disposed; whoever computes looks at it after every segment.</summary>
    public bool IsAbandoned
    {
        get => _isAbandoned;
        set => _isAbandoned = value;
    }

    /// <summary>Neighbours in the queue.</summary>
    public Md5Job? Previous { get; set; }

    /// <inheritdoc cref="Previous"/>
    public Md5Job? Next { get; set; }

    /// <summary>The combiner that has it in a lane.</summary>
    public Md5Combiner? Owner { get; set; }

    /// <summary>Ends the job early.</summary>
    public CancellationToken CancellationToken { get; private set; }

    /// <summary>The next block.</summary>
    public byte* Position { get; private set; }

    /// <summary>Blocks to compute.</summary>
    public nuint BlocksLeft { get; private set; }

    /// <summary>Pins the data and makes the job ready to be queued.</summary>
    /// <returns>Completes when all blocks are computed.</returns>
    public ValueTask Prepare(ReadOnlyMemory<byte> blocks, CancellationToken cancellationToken)
    {
        _pin = blocks.Pin();
        Position = (byte*)_pin.Pointer;
        BlocksLeft = (nuint)blocks.Length / Md5State.BlockBytes;
        CancellationToken = cancellationToken;
        return new ValueTask(this, _completion.Version);
    }

    /// <summary>The state and the position after a segment.</summary>
    public void Advance(in Md5State state, nuint blocks)
    {
        State = state;
        Position += blocks * Md5State.BlockBytes;
        BlocksLeft -= blocks;
    }

    /// <summary>Lets go of the data and completes the append. The job is idle, and in no list any more.</summary>
    /// <param name="error">Why it was abandoned; <see langword="null"/> when it was not.</param>
    /// <param name="inline">
    /// The continuation may run before this returns. Otherwise it goes to the thread pool, so that no combiner is held up.
    /// </param>
    public void Complete(Exception? error, bool inline = false)
    {
        _pin.Dispose();
        Position = null;
        _completion.RunContinuationsAsynchronously = !inline;
        if (error is null)
        {
            _completion.SetResult(true);
        }
        else
        {
            _completion.SetException(error);
        }
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token)
    {
        var succeeded = _completion.GetStatus(token) == ValueTaskSourceStatus.Succeeded;
        try
        {
            _completion.GetResult(token);
        }
        finally
        {
            _completion.Reset();
            _onConsumed(succeeded);
        }
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => _completion.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _completion.OnCompleted(continuation, state, token, flags);
}
