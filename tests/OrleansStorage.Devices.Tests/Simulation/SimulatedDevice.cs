using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Files.Simulated;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Log;

namespace OrleansStorage.Devices.Tests.Simulation;

/// <summary>A device on simulated files, for a test that does one thing after the other.</summary>
#pragma warning disable CA1001 // Simulated files hold nothing that has to be given back.
internal sealed class SimulatedDevice
#pragma warning restore CA1001
{
    public const int SegmentBytes = 64 << 10;

    public SimulatedDevice(int seed, int segments = 16, Action<LogDeviceOptions>? configure = null, int id = 1)
    {
        SynchronizationContext.SetSynchronizationContext(null);
        Layer = new FaultyFileLayer(TestSeed.Create(seed), Time);
        Options = new LogDeviceOptions { SegmentBytes = SegmentBytes, RunMaintenance = false, Time = Time };
        configure?.Invoke(Options);
        var identity = new DeviceIdentity(new Guid(id, 0, 0, new byte[8]), DeviceTier.Ssd, segments * Options.SegmentBytes);
        Time.Run(LogDevice.FormatAsync(Layer, identity, Options));
        Open();
    }

    public SimulatedTime Time { get; } = new();

    public FaultyFileLayer Layer { get; private set; }

    public LogDeviceOptions Options { get; }

    public LogDevice Device { get; private set; } = null!;

    public static FragmentId Id(int sequence) => new(new BlobId(1, 1, (ulong)sequence), 0);

    /// <summary>Bytes that tell which fragment they belong to.</summary>
    public static byte[] Payload(int sequence, int length)
    {
        var bytes = new byte[length];
        TestSeed.Create(sequence).NextBytes(bytes);
        return bytes;
    }

    public void Open() => Device = Time.Run(LogDevice.OpenAsync(Layer, Options));

    public void Write(int sequence, int length) =>
        Time.Run(Device.WriteFragmentAsync(Id(sequence), Payload(sequence, length), default));

    public void Delete(params int[] sequences) =>
        Time.Run(Device.DeleteFragmentsAsync([.. sequences.Select(Id)], default));

    public byte[] Read(int sequence, int length)
    {
        var bytes = new byte[length];
        Time.Run(Device.ReadFragmentAsync(Id(sequence), 0, bytes, default));
        return bytes;
    }

    public bool Has(int sequence) => Time.Run(Device.FindFragmentAsync(Id(sequence), default)) is not null;

    public void Close() => Time.Run(Device.DisposeAsync());

    public void Crash() => Layer = Layer.Crash();

    public void LoseCheckpoints()
    {
        foreach (var (name, _) in Layer.Files.Where(f => f.Name.StartsWith("checkpoint-", StringComparison.Ordinal)))
        {
            Layer.LoseFile(name);
        }
    }
}
