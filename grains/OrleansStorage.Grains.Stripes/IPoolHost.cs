using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Pools;

namespace OrleansStorage.Grains.Stripes;

/// <summary>The pools as this silo reaches them.</summary>
public interface IPoolHost
{
    /// <summary>A pool by its name, or null when this silo does not know it.</summary>
    IPoolAccess? Find(string pool);
}

/// <summary>A pool as this silo reaches it.</summary>
public interface IPoolAccess
{
    /// <summary>The groups, which the owner of the pool keeps up to date.</summary>
    GroupMap Groups { get; }

    /// <summary>The devices, whose states the owner of the pool keeps up to date.</summary>
    PoolMembers Members { get; }

    /// <summary>Over the same devices.</summary>
    IBlobProtection Protection { get; }

    /// <summary>Every device that may have slots of the pool, how it is reached, and its state as it was stored.</summary>
    IReadOnlyList<PoolDeviceAccess> Devices { get; }

    /// <summary>Whether a blob may still be being written, or is not named yet.</summary>
    bool IsInFlight(BlobId blob);
}

/// <summary>A device that may have slots of a pool.</summary>
/// <param name="Device">The device.</param>
/// <param name="Access">How it is reached; null when it is not.</param>
/// <param name="State">What was decided about it.</param>
public sealed record PoolDeviceAccess(PoolDevice Device, IDevice? Access, MemberState State);
