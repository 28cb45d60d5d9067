namespace OrleansStorage.Testing;

/// <summary>What a test cluster is made of.</summary>
public sealed record ClusterSettings
{
    /// <summary>Silos to start with, 1 or more.</summary>
    public int Silos { get; init; } = 1;

    /// <summary>Configures each silo. The ordinal is 0 for the first silo and counts up, also over silos started later.</summary>
    public Action<int, ISiloBuilder> Configure { get; init; } = (_, _) => { };

    /// <summary>How long calls wait for an answer, from the client and from grains.</summary>
    public TimeSpan ResponseTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
