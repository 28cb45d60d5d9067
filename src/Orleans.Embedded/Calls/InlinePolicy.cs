using System.Diagnostics;

namespace Orleans.Calls;

/// <summary>Whether calls of a method may run on the caller's thread when the grain is idle.</summary>
/// <remarks>
/// Good when the first turn is short: no queue, no thread switch, no promise. Bad when it computes or blocks for long:
/// a caller that fans out would run the calls one after the other. How we decide: first turns longer than
/// <see cref="LongTurnMicroseconds"/> that come often send the next <see cref="Penalty"/> calls of the method to the
/// thread pool, where their turns are judged as well. A single long one says nothing: the thread may have lost its core.
/// </remarks>
internal sealed class InlinePolicy
{
    private const int LongTurnMicroseconds = 40;
    private const int Penalty = 64;
    private const int LongTurnScore = 16;
    private const int PenaltyScore = 2 * LongTurnScore;
    private const int MaxScore = 3 * LongTurnScore;

    private static readonly long LongTurnTicks = Stopwatch.Frequency * LongTurnMicroseconds / 1_000_000;

    // Lost updates of either only change when a penalty begins and how long it lasts.
    private int _score;
    private int _queuedCallsLeft;

    /// <summary>Whether the next call may run inline.</summary>
    public bool Allows()
    {
        if (_queuedCallsLeft == 0)
        {
            return true;
        }

        _queuedCallsLeft--;
        return false;
    }

    public void Record(long startTimestamp)
    {
        if (Stopwatch.GetTimestamp() - startTimestamp <= LongTurnTicks)
        {
            if (_score > 0)
            {
                _score--;
            }

            return;
        }

        _score = Math.Min(_score + LongTurnScore, MaxScore);
        if (_score >= PenaltyScore - 1)
        {
            _queuedCallsLeft = Penalty;
        }
    }
}
