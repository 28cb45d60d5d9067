using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Commits;

/// <summary>A transaction on its way through a queue of commits.</summary>
/// <remarks>
/// <code>
/// Queued     TryTake      → Taken: it will be answered
/// Queued     cancellation → Cancelled, answered
/// Taken      Succeed/Fail → answered
/// </code>
/// Who awaits it goes on in its own context, never on the thread that answers.
/// </remarks>
internal sealed class CommitRequest(PreparedTransaction transaction)
    : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private CancellationTokenRegistration _cancellation;
    private int _isDecided;

    /// <summary>What is to be committed.</summary>
    public PreparedTransaction Transaction { get; } = transaction;

    /// <summary>Why it will not be committed; null as long as it may.</summary>
    public MetadataException? Violation { get; set; }

    /// <summary>Gives up on cancellation while nobody has taken it.</summary>
    public void GiveUpOn(CancellationToken cancellationToken) =>
        _cancellation = cancellationToken.UnsafeRegister(
            static (state, token) =>
            {
                var request = (CommitRequest)state!;
                if (request.TryDecide())
                {
                    request.TrySetCanceled(token);
                }
            },
            this);

    /// <summary>False when it was cancelled.</summary>
    public bool TryTake()
    {
        var taken = TryDecide();
        if (taken)
        {
            _cancellation.Unregister();
        }

        return taken;
    }

    /// <summary>Answers a taken request: committed, or its violation.</summary>
    public void Answer()
    {
        if (Violation is null)
        {
            SetResult();
        }
        else
        {
            SetException(Violation);
        }
    }

    private bool TryDecide() => Interlocked.Exchange(ref _isDecided, 1) == 0;
}
