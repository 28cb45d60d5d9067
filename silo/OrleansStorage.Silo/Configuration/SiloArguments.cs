using System.Globalization;
using System.Net;
using OrleansStorage.Devices;
using OrleansStorage.Pools;

namespace OrleansStorage.Silo.Configuration;

/// <summary>What a silo is started with. Immutable.</summary>
/// <param name="DataDirectory">Absolute path; holds everything that the node keeps unless devices lie elsewhere.</param>
/// <param name="S3Port">Port of the S3 front end; 0 for a free one.</param>
/// <param name="AdminPort">Port of the admin API; 0 for a free one.</param>
/// <param name="NvmePort">Port that was asked for; nothing listens there in this version. Null when not asked for.</param>
/// <param name="Devices">Where data lies; at least one.</param>
/// <param name="Protection">What the default pool is to survive, when it is first made; null to take what it has.</param>
/// <param name="Domains">Host names, without port, below which a host names a bucket; any other host means path style.</param>
/// <param name="HealAfter">How long a device may be away before its fragments are made anew on others.</param>
/// <param name="Address">Where the listeners listen.</param>
public sealed record SiloArguments(
    string DataDirectory,
    int S3Port,
    int AdminPort,
    int? NvmePort,
    IReadOnlyList<DeviceArgument> Devices,
    PoolProtection? Protection,
    IReadOnlyList<string> Domains,
    TimeSpan HealAfter,
    IPAddress Address)
{
    /// <summary>How a silo is started.</summary>
    public const string Usage = """
        usage: silo [--data DIR] [--s3-port 9000] [--admin-port 9090] [--nvme-port 4420]
                    [--device DIR[:TIER]]... [--protection mirror:K|rs:N+M] [--domain NAME]...
                    [--heal-after SECONDS] [--listen ADDRESS]
          --data        folder of this node; made when missing (default: ./data)
          --s3-port     S3 front end; 0 chooses a free port
          --admin-port  admin API, /metrics and /health; 0 chooses a free port
          --nvme-port   accepted, and not served: this version has no NVMe/TCP target
          --device      a device folder and its tier: ssd (default), sas, sata or archive
                        (default: DATA/devices/0); may be repeated
          --protection  of the default pool, when it is first made: mirror:K keeps each blob on K devices, rs:N+M cuts
                        it into N fragments and adds M, so that any M devices may be lost (default mirror:1)
          --domain      BUCKET.NAME in the Host header names a bucket (always so for localhost); may be repeated
          --heal-after  how long a device may be away before its fragments are made anew on others (default 600)
          --listen      IP address of both listeners (default 127.0.0.1). They speak plain HTTP: on any other address
                        than loopback, whoever sees the network sees what is stored
        """;

    private const int S3PortDefault = 9000;
    private const int AdminPortDefault = 9090;
    private const int PortMax = 65535;

    /// <summary>Reads a command line.</summary>
    /// <exception cref="UsageException">An option is unknown, lacks its value, or has a wrong one.</exception>
    public static SiloArguments Parse(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var parsed = new SiloArguments(Path.GetFullPath("data"), S3PortDefault, AdminPortDefault, null, [], null, ["localhost"], TimeSpan.FromMinutes(10), IPAddress.Loopback);
        var devices = new List<DeviceArgument>();
        for (var i = 0; i < arguments.Count; i += 2)
        {
            var option = arguments[i];
            if (i + 1 == arguments.Count)
            {
                throw new UsageException($"{option} lacks its value.");
            }

            var value = arguments[i + 1];
            parsed = option switch
            {
                "--data" => parsed with { DataDirectory = Path.GetFullPath(value) },
                "--s3-port" => parsed with { S3Port = Port(option, value) },
                "--admin-port" => parsed with { AdminPort = Port(option, value) },
                "--nvme-port" => parsed with { NvmePort = Port(option, value) },
                "--protection" => parsed with { Protection = ProtectionOf(value) },
                "--domain" => parsed with { Domains = [.. parsed.Domains, Domain(value)] },
                "--heal-after" => parsed with { HealAfter = Seconds(option, value) },
                "--listen" => parsed with { Address = AddressOf(option, value) },
                "--device" => parsed,
                _ => throw new UsageException($"{option} is not known."),
            };
            if (option == "--device")
            {
                devices.Add(DeviceArgument.Parse(value));
            }
        }

        if (devices.Count == 0)
        {
            devices.Add(new DeviceArgument(Path.Combine(parsed.DataDirectory, "devices", "0"), DeviceTier.Ssd));
        }

        return !(parsed.Protection?.Slots > devices.Count)
            ? parsed with { Devices = devices }
            : throw new UsageException(
                $"{parsed.Protection} needs {parsed.Protection?.Slots} devices, and there are {devices.Count}.");
    }

    private static int Port(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= PortMax
            ? port
            : throw new UsageException($"{option} takes a port from 0 to {PortMax}, not '{value}'.");

    private static IPAddress AddressOf(string option, string value) =>
        IPAddress.TryParse(value, out var address)
            ? address
            : throw new UsageException($"{option} takes an IP address, not '{value}'.");

    private static TimeSpan Seconds(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{option} takes a number of seconds, 1 or more, not '{value}'.");

    private static string Domain(string value) =>
        Uri.CheckHostName(value) == UriHostNameType.Dns
            ? value
            : throw new UsageException($"--domain takes a host name without port, not '{value}'.");

    private static PoolProtection ProtectionOf(string value)
    {
        try
        {
            return PoolProtection.Parse(value);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--protection: {e.Message}");
        }
    }
}
