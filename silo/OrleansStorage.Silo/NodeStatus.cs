using System.Reflection;
using OrleansStorage.Devices;
using OrleansStorage.Gateway.Objects;
using OrleansStorage.Silo.Configuration;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo;

/// <summary>What the node says of itself.</summary>
public sealed class NodeStatus(SiloArguments arguments, NodeStorage storage, OpenReads reads, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>Why the node should not be sent requests; <see langword="null"/> when it should.</summary>
    public string? Reason => storage.Devices.Any(device => device.Health.State == DeviceState.Failed)
        ? "a device has failed"
        : null;

    /// <summary>The node serves.</summary>
    public bool IsReady => Reason is null;

    /// <summary>The status as the admin API shows it.</summary>
    public object Describe() => new
    {
        state = IsReady ? "ready" : Reason,
        version = typeof(NodeStatus).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion,
#if ORLEANS_EMBEDDED
        engine = "embedded",
#else
        engine = "packages",
#endif
        incarnation = storage.Incarnation,
        upSeconds = (long)time.GetElapsedTime(_started).TotalSeconds,
        data = arguments.DataDirectory,
        openReads = reads.Count,
    };
}
