using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Metadata.Owners;

/// <summary>Since when each other silo has been silent, as one silo has seen it. For any number of threads.</summary>
/// <remarks>
/// A renewal writes a count that was never written before. So the renewal behind a count was asked for before the
/// count was first seen, and its lease is over one lease after that.
/// </remarks>
internal sealed class SiloWatch(TimeProvider clock)
{
    private readonly Dictionary<long, (long Renewals, long SeenAt)> _seen = [];
    private readonly Lock _lock = new();

    /// <summary>How long ago the silo's count was first seen; call it after reading the row.</summary>
    public TimeSpan SilenceOf(SiloRow silo)
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            if (_seen.TryGetValue(silo.Incarnation, out var seen) && seen.Renewals == silo.Renewals)
            {
                return clock.GetElapsedTime(seen.SeenAt, now);
            }

            _seen[silo.Incarnation] = (silo.Renewals, now);
            return TimeSpan.Zero;
        }
    }

    /// <summary>Forgets the silos that are not among these.</summary>
    public void Keep(IReadOnlyList<SiloRow> silos)
    {
        lock (_lock)
        {
            foreach (var incarnation in _seen.Keys.Except(silos.Select(silo => silo.Incarnation)).ToArray())
            {
                _seen.Remove(incarnation);
            }
        }
    }
}
