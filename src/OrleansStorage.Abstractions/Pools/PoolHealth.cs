namespace OrleansStorage.Abstractions.Pools;

/// <summary>How protected a pool is, as of the last look at each of its groups.</summary>
[GenerateSerializer, Immutable, Alias("OrleansStorage.PoolHealth")]
public sealed record PoolHealth
{
    /// <summary>Most devices that may be lost in addition without losing any blob; negative when some cannot be read.</summary>
    [Id(0)]
    public required int RedundancyLeft { get; init; }

    /// <summary>Blobs without all their fragments.</summary>
    [Id(1)]
    public required long BlobsDegraded { get; init; }

    /// <summary>Bytes of the fragments that they lack.</summary>
    [Id(2)]
    public required long BytesDegraded { get; init; }

    /// <summary>Blobs of which too few fragments are left.</summary>
    [Id(3)]
    public required long BlobsUnrepairable { get; init; }

    /// <summary>The first of them, by id.</summary>
    [Id(4)]
    public required IReadOnlyList<string> Unrepairable { get; init; }

    /// <summary>Groups with degraded blobs, or with a device that does not answer.</summary>
    [Id(5)]
    public required int GroupsDegraded { get; init; }

    /// <summary>Groups that wait to be looked at.</summary>
    [Id(6)]
    public required int GroupsToLookAt { get; init; }

    /// <summary>Slots that are being moved.</summary>
    [Id(7)]
    public required int Moves { get; init; }

    /// <summary>Bytes of fragments made anew or copied since the owner of the pool began.</summary>
    [Id(8)]
    public required long BytesRebuilt { get; init; }

    /// <summary>Bytes made anew per second, lately.</summary>
    [Id(9)]
    public required long RebuildBytesPerSecond { get; init; }

    /// <summary>Seconds until nothing that can be rebuilt is degraded, at this rate; null when nothing is being rebuilt.</summary>
    [Id(10)]
    public double? FullProtectionInSeconds { get; init; }

    /// <summary>Slots that have to go to another device, and why they cannot.</summary>
    [Id(11)]
    public required IReadOnlyList<string> Unplaced { get; init; }

    /// <summary>The devices.</summary>
    [Id(12)]
    public required IReadOnlyList<DeviceHealth> Devices { get; init; }
}

/// <summary>A device of a pool.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Online, Suspect, Offline, Lost or Draining.</param>
/// <param name="Reason">Why; null when that never changed.</param>
/// <param name="Slots">Slots of groups that it has.</param>
[GenerateSerializer, Immutable, Alias("OrleansStorage.DeviceHealth")]
public sealed record DeviceHealth(
    [property: Id(0)] Guid Id,
    [property: Id(1)] string State,
    [property: Id(2)] string? Reason,
    [property: Id(3)] int Slots);
