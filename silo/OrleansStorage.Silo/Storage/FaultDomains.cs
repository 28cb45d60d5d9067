using OrleansStorage.Metadata.Tables;
using OrleansStorage.Silo.Configuration;

namespace OrleansStorage.Silo.Storage;

/// <summary>What the devices of a stripe group do not share.</summary>
public enum FaultDomainLevel
{
    /// <summary>A device each.</summary>
    Device,

    /// <summary>A silo each.</summary>
    Silo,

    /// <summary>A rack each.</summary>
    Rack,

    /// <summary>A site each.</summary>
    Site,
}

/// <summary>Places of devices, as <c>site/rack/silo</c>.</summary>
public static class FaultDomains
{
    /// <summary>Reads <c>device</c>, <c>silo</c>, <c>rack</c> or <c>site</c>.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public static FaultDomainLevel Parse(string value) =>
        Enum.TryParse<FaultDomainLevel>(value, ignoreCase: true, out var level) && Enum.IsDefined(level) && !char.IsAsciiDigit(value[0])
            ? level
            : throw new UsageException($"A fault domain is device, silo, rack or site, not '{value}'.");

    /// <summary>The domain of a device at a level: devices with the same one are lost together.</summary>
    public static string Of(DeviceRow device, FaultDomainLevel level)
    {
        ArgumentNullException.ThrowIfNull(device);
        var parts = device.FaultDomain.Split('/');
        return level switch
        {
            FaultDomainLevel.Device => $"{device.FaultDomain}/{device.DeviceId}",
            FaultDomainLevel.Silo => device.FaultDomain,
            FaultDomainLevel.Rack => string.Join('/', parts.Take(2)),
            _ => parts[0],
        };
    }

    /// <summary>As it is written for people and kept in tables.</summary>
    public static string Format(FaultDomainLevel level) => level.ToString().ToLowerInvariant();
}
