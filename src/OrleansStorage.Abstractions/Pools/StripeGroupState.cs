namespace OrleansStorage.Abstractions.Pools;

/// <summary>A stripe group as its owner has it.</summary>
/// <param name="GroupId">As it stands in blob ids.</param>
/// <param name="Pool">The pool it belongs to.</param>
/// <param name="Epoch">Grows by one with every change of its members.</param>
/// <param name="Members">Device ids in slot order, separated by commas.</param>
/// <param name="TakesWrites">False while a slot is being moved and the last fragments go over.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.StripeGroupState")]
public sealed record StripeGroupState(
    [property: Id(0)] long GroupId,
    [property: Id(1)] string Pool,
    [property: Id(2)] long Epoch,
    [property: Id(3)] string Members,
    [property: Id(4)] bool TakesWrites);

/// <summary>How a change of a stripe group ended.</summary>
/// <param name="IsDone">It was changed; otherwise it was of another epoch than the change began from.</param>
/// <param name="Group">The group as it is now.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.StripeGroupResult")]
public sealed record StripeGroupResult(
    [property: Id(0)] bool IsDone,
    [property: Id(1)] StripeGroupState Group);
