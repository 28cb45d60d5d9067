using System.Runtime.ExceptionServices;

namespace OrleansStorage.Pools.Striping;

/// <summary>What is done with failures of slots.</summary>
internal static class SlotFailures
{
    /// <summary>Throws what the first of them failed by.</summary>
    public static void ThrowFirst(this IReadOnlyList<SlotFailure> failures)
    {
        if (failures.Count > 0)
        {
            ExceptionDispatchInfo.Throw(failures[0].Error);
        }
    }
}
