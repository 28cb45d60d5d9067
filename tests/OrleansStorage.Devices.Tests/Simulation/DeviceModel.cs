using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Tests.Simulation;

/// <summary>
/// What a device must have: the plainest model there is, dictionaries. A thing has one value that was acknowledged, and, while a
/// call on it is under way or ended without an answer, values that it may have instead.
/// </summary>
internal sealed class DeviceModel
{
    public Dictionary<FragmentId, Possible<byte[]>> Fragments { get; } = [];

    public Dictionary<(ExtentId Extent, uint Block), Possible<ModelBlock>> Blocks { get; } = [];

    public Dictionary<ExtentId, Possible<FenceValue>> Fences { get; } = [];

    public Possible<byte[]> Fragment(FragmentId id) => GetOrAdd(Fragments, id);

    public Possible<ModelBlock> Block(ExtentId extent, uint block) => GetOrAdd(Blocks, (extent, block));

    public Possible<FenceValue> Fence(ExtentId extent) => GetOrAdd(Fences, extent);

    private static Possible<T> GetOrAdd<TKey, T>(Dictionary<TKey, Possible<T>> values, TKey key)
        where TKey : notnull
        where T : class
    {
        if (!values.TryGetValue(key, out var value))
        {
            value = new Possible<T>();
            values.Add(key, value);
        }

        return value;
    }
}

/// <summary>A version of a block.</summary>
internal sealed record ModelBlock(BlockVersion Version, byte[] Payload);

/// <summary>A fence.</summary>
internal sealed record FenceValue(ulong Epoch);

/// <summary>What a thing may be; <see langword="null"/> stands for its absence.</summary>
internal sealed class Possible<T>
    where T : class
{
    private readonly List<T?> _instead = [];

    public T? Acknowledged { get; private set; }

    public bool IsCertain => _instead.Count == 0;

    public IEnumerable<T?> All => _instead.Prepend(Acknowledged);

    /// <summary>A call begins that makes it this.</summary>
    public void Begin(T? value) => _instead.Add(value);

    /// <summary>It is this.</summary>
    public void Settle(T? value)
    {
        Acknowledged = value;
        _instead.Clear();
    }
}
