using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Objects;

namespace OrleansStorage.Grains.Buckets;

/// <summary>Decides whether a write may happen. Pure.</summary>
internal static class WriteGuardRules
{
    private const long MillisecondsPerSecond = 1000;

    /// <summary>
    /// <see cref="IndexOutcome.Done"/> when the write may happen; <see cref="IndexOutcome.NoSuchKey"/> when a condition
    /// names an object and there is none; else <see cref="IndexOutcome.PreconditionFailed"/>.
    /// </summary>
    public static IndexOutcome Check(WriteGuard guard, ObjectEntry? current)
    {
        if (current is null)
        {
            var asksForOne = guard.IfMatch is not null || guard.IfModifiedSecond is not null || guard.IfSizeBytes is not null;
            return asksForOne ? IndexOutcome.NoSuchKey : IndexOutcome.Done;
        }

        var holds = MatchesOrAbsent(guard.IfMatch, current.ETag)
            && (guard.IfNoneMatch is null || !Matches(guard.IfNoneMatch, current.ETag))
            && (guard.IfModifiedSecond is null || guard.IfModifiedSecond == current.ModifiedMs / MillisecondsPerSecond)
            && (guard.IfSizeBytes is null || guard.IfSizeBytes == current.SizeBytes);
        return holds ? IndexOutcome.Done : IndexOutcome.PreconditionFailed;
    }

    private static bool MatchesOrAbsent(string? condition, string etag) => condition is null || Matches(condition, etag);

    private static bool Matches(string condition, string etag) => condition == "*" || condition == etag;
}
