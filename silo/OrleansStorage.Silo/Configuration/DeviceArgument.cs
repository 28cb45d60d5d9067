using OrleansStorage.Devices;

namespace OrleansStorage.Silo.Configuration;

/// <summary>A device of the node.</summary>
/// <param name="Directory">Absolute path.</param>
/// <param name="Tier">Its tier.</param>
public sealed record DeviceArgument(string Directory, DeviceTier Tier)
{
    /// <summary>Reads <c>DIR[:TIER]</c>.</summary>
    /// <exception cref="UsageException">The folder is empty, or the tier cannot be used.</exception>
    public static DeviceArgument Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var colon = value.LastIndexOf(':');
        var tier = DeviceTier.Ssd;
        var hasTier = colon > 0 && TryParseTier(value[(colon + 1)..], out tier);
        var directory = hasTier ? value[..colon] : value;
        if (tier == DeviceTier.Memory)
        {
            throw new UsageException("A memory device forgets everything at a restart; a node cannot use one.");
        }

        return directory.Length > 0
            ? new DeviceArgument(Path.GetFullPath(directory), hasTier ? tier : DeviceTier.Ssd)
            : throw new UsageException("--device takes a folder.");
    }

    /// <summary>Reads a tier.</summary>
    /// <exception cref="UsageException">There is none of that name.</exception>
    public static DeviceTier ParseTier(string value) =>
        TryParseTier(value, out var tier) ? tier : throw new UsageException($"A tier is ssd, sas, sata or archive, not '{value}'.");

    private static bool TryParseTier(string value, out DeviceTier tier) =>
        Enum.TryParse(value, ignoreCase: true, out tier) && Enum.IsDefined(tier) && value.Length > 0 && !char.IsAsciiDigit(value[0]);
}
