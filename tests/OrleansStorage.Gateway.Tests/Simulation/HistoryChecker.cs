namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>What an operation on one key did, as its client saw it.</summary>
internal enum OperationKind
{
    /// <summary>Saw <see cref="Operation.Value"/>, 0 for no object.</summary>
    Read,

    /// <summary>Made the object <see cref="Operation.Value"/>, 0 for a delete.</summary>
    Write,

    /// <summary>Made the object <see cref="Operation.Value"/> because there was none.</summary>
    WriteIfNone,

    /// <summary>Was refused because there was an object.</summary>
    RefusedAsPresent,

    /// <summary>Made the object <see cref="Operation.Value"/> because the object was <see cref="Operation.Expected"/>.</summary>
    WriteIfMatch,

    /// <summary>Was refused because the object was not <see cref="Operation.Expected"/>.</summary>
    RefusedAsOther,
}

/// <summary>One operation of a history.</summary>
/// <param name="Kind">What it did.</param>
/// <param name="Value">See <see cref="OperationKind"/>.</param>
/// <param name="Expected">See <see cref="OperationKind"/>.</param>
/// <param name="Begun">Before it was called.</param>
/// <param name="Ended">After its answer; <see cref="long.MaxValue"/> when nobody knows whether it happened.</param>
internal sealed record Operation(OperationKind Kind, long Value, long Expected, long Begun, long Ended)
{
    /// <summary>It may have happened later, or never.</summary>
    public bool IsOpen => Ended == long.MaxValue;

    /// <summary>The object after the operation; <see langword="null"/> when it cannot happen now.</summary>
    public long? Apply(long state) => Kind switch
    {
        OperationKind.Read => state == Value ? state : null,
        OperationKind.Write => Value,
        OperationKind.WriteIfNone => state == 0 ? Value : null,
        OperationKind.RefusedAsPresent => state != 0 ? state : null,
        OperationKind.WriteIfMatch => state == Expected ? Value : null,
        OperationKind.RefusedAsOther => state != Expected ? state : null,
        _ => throw new InvalidOperationException($"{Kind} is not known."),
    };
}

/// <summary>
/// Decides whether a history of one key is linearizable: some order that respects real time explains every answer.
/// Source: Wing and Gong, "Testing and Verifying Concurrent Objects" (1993), with the memory of Lowe (2017).
/// </summary>
internal sealed class HistoryChecker
{
    private readonly List<Operation> _operations;
    private readonly HashSet<(string Done, long State)> _seen = [];

    private HistoryChecker(IEnumerable<Operation> operations) => _operations = [.. operations.OrderBy(o => o.Begun)];

    /// <summary>Whether the history has an explanation.</summary>
    public static bool IsLinearizable(IEnumerable<Operation> operations)
    {
        var checker = new HistoryChecker(operations);
        return checker.Search(new bool[checker._operations.Count], state: 0);
    }

    private bool Search(bool[] done, long state)
    {
        if (!_seen.Add((Encode(done), state)))
        {
            return false;
        }

        var firstEnd = long.MaxValue;
        var remaining = false;
        for (var i = 0; i < done.Length; i++)
        {
            if (!done[i])
            {
                firstEnd = Math.Min(firstEnd, _operations[i].Ended);
                remaining |= !_operations[i].IsOpen;
            }
        }

        return !remaining || TryEach(done, state, firstEnd);
    }

    private bool TryEach(bool[] done, long state, long firstEnd)
    {
        for (var i = 0; i < done.Length && _operations[i].Begun <= firstEnd; i++)
        {
            if (done[i] || _operations[i].Apply(state) is not { } next)
            {
                continue;
            }

            done[i] = true;
            if (Search(done, next))
            {
                return true;
            }

            done[i] = false;
        }

        return false;
    }

    private static string Encode(bool[] done) => string.Create(done.Length, done, static (text, flags) =>
    {
        for (var i = 0; i < flags.Length; i++)
        {
            text[i] = flags[i] ? '1' : '0';
        }
    });
}
