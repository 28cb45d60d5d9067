namespace OrleansStorage.Pools;

/// <summary>Chooses the stripe group of a new blob.</summary>
public interface IGroupPlacement
{
    /// <summary>Chooses a group all of whose devices are healthy and have room.</summary>
    /// <param name="payloadBytes">Bytes that each of its devices is to take.</param>
    /// <param name="excluded">Devices that a write has just failed on.</param>
    /// <param name="group">The group, when the result is <see cref="PlacementResult.Chosen"/>.</param>
    PlacementResult TryChoose(int payloadBytes, IReadOnlySet<Guid> excluded, out StripeGroup? group);

    /// <summary>Finds a group by its id.</summary>
    StripeGroup? Find(uint group);
}

/// <summary>What came of choosing a group.</summary>
public enum PlacementResult
{
    /// <summary>There is one.</summary>
    Chosen,

    /// <summary>There are healthy ones, but none has room.</summary>
    NoRoom,

    /// <summary>None is healthy.</summary>
    NoneHealthy,
}
