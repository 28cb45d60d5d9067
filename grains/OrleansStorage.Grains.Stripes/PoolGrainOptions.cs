using OrleansStorage.Pools.Healing;

namespace OrleansStorage.Grains.Stripes;

/// <summary>How pools are watched and healed.</summary>
public sealed class PoolGrainOptions
{
    /// <summary>When devices are thought to be away, and given up.</summary>
    public MemberWatchOptions Watch { get; set; } = new();

    /// <summary>What healing may spend.</summary>
    public HealBudgetOptions Budget { get; set; } = new();

    /// <summary>How long a device has to answer a probe. Default 1 s.</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(1);
}
