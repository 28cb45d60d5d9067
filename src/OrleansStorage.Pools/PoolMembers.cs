using System.Collections.Concurrent;
using OrleansStorage.Devices;

namespace OrleansStorage.Pools;

/// <summary>The devices of pools as this process reaches them, and what is thought of each. For any number of threads.</summary>
public sealed class PoolMembers
{
    private readonly ConcurrentDictionary<Guid, Member> _members = new();

    /// <summary>Nobody yet.</summary>
    public PoolMembers()
    {
    }

    /// <summary>Devices that are all online.</summary>
    public PoolMembers(IEnumerable<IDevice> devices)
    {
        ArgumentNullException.ThrowIfNull(devices);
        foreach (var device in devices)
        {
            Set(device.Identity.Id, device, MemberState.Online);
        }
    }

    /// <summary>Every device that is known.</summary>
    public IEnumerable<Guid> Ids => _members.Keys;

    /// <summary>The device, or null when this process cannot reach it or it is given up.</summary>
    public IDevice? Find(Guid id) =>
        _members.TryGetValue(id, out var member) && member.State is not (MemberState.Lost or MemberState.Offline)
            ? member.Device
            : null;

    /// <summary>The device, whatever is thought of it; null when this process has no way to it.</summary>
    public IDevice? FindAny(Guid id) => _members.TryGetValue(id, out var member) ? member.Device : null;

    /// <summary>What is thought of a device; an unknown one is <see cref="MemberState.Offline"/>.</summary>
    public MemberState StateOf(Guid id) => _members.TryGetValue(id, out var member) ? member.State : MemberState.Offline;

    /// <summary>Whether new blobs may be written to it.</summary>
    public bool TakesWrites(Guid id) =>
        _members.TryGetValue(id, out var member)
        && member is { State: MemberState.Online, Device.State: DeviceState.Healthy };

    /// <summary>Sets how a device is reached and what is thought of it.</summary>
    public void Set(Guid id, IDevice? device, MemberState state) => _members[id] = new Member(device, state);

    /// <summary>Sets what is thought of a device; one that is not known is known from now on.</summary>
    public void SetState(Guid id, MemberState state) =>
        _members.AddOrUpdate(
            id, static (_, state) => new Member(null, state), static (_, member, state) => member with { State = state }, state);

    /// <summary>Sets how a device is reached; null when there is no way to it at present. A new one is <see cref="MemberState.Offline"/>.</summary>
    public void SetDevice(Guid id, IDevice? device) =>
        _members.AddOrUpdate(
            id,
            static (_, device) => new Member(device, MemberState.Offline),
            static (_, member, device) => member with { Device = device },
            device);

    /// <summary>Knows a device no more.</summary>
    public void Remove(Guid id) => _members.TryRemove(id, out _);

    private sealed record Member(IDevice? Device, MemberState State);
}
