using OrleansStorage.Devices;
namespace OrleansStorage.Pools;

/// <summary>
/// Takes the groups of a layout in turn: devices are in groups in proportion to their capacity, so they fill alike.
/// </summary>
public sealed class RotatingPlacement : IGroupPlacement
{
    private readonly StripeGroup[] _groups;
    private readonly Dictionary<uint, StripeGroup> _byId;
    private readonly IReadOnlyDictionary<Guid, IDevice> _devices;
    private int _turn = -1;

    /// <summary>Places blobs on the groups of a layout.</summary>
    /// <param name="layout">The groups.</param>
    /// <param name="devices">Those of their devices that are there.</param>
    public RotatingPlacement(PoolLayout layout, IReadOnlyDictionary<Guid, IDevice> devices)
    {
        _groups = [.. layout.Groups];
        _byId = _groups.ToDictionary(group => group.Id);
        _devices = devices;
    }

    /// <inheritdoc/>
    public StripeGroup? Find(uint group) => _byId.GetValueOrDefault(group);

    /// <inheritdoc/>
    public PlacementResult TryChoose(int payloadBytes, IReadOnlySet<Guid> excluded, out StripeGroup? group)
    {
        var result = PlacementResult.NoneHealthy;
        var first = (uint)Interlocked.Increment(ref _turn);
        for (var i = 0; i < _groups.Length; i++)
        {
            group = _groups[(first + (uint)i) % (uint)_groups.Length];
            if (!IsHealthy(group, excluded))
            {
                continue;
            }

            if (HasRoom(group, payloadBytes))
            {
                return PlacementResult.Chosen;
            }

            result = PlacementResult.NoRoom;
        }

        group = null;
        return result;
    }

    private bool IsHealthy(StripeGroup group, IReadOnlySet<Guid> excluded)
    {
        foreach (var id in group.Devices)
        {
            if (excluded.Contains(id) || !_devices.TryGetValue(id, out var device) || device.State != DeviceState.Healthy)
            {
                return false;
            }
        }

        return true;
    }

    private bool HasRoom(StripeGroup group, int payloadBytes)
    {
        foreach (var id in group.Devices)
        {
            if (_devices[id].Usage.AvailableBytes < payloadBytes)
            {
                return false;
            }
        }

        return true;
    }
}
