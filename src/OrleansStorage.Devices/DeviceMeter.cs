using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OrleansStorage.Devices;

/// <summary>The instruments of one device: meter <c>OrleansStorage.Devices</c>, tagged with the device's id and tier.</summary>
internal sealed class DeviceMeter
{
    private static readonly Meter s_meter = new("OrleansStorage.Devices");
    private static readonly Counter<long> s_commits = s_meter.CreateCounter<long>("device.commits", "{sync}");
    private static readonly Counter<long> s_records = s_meter.CreateCounter<long>("device.records.written", "{record}");
    private static readonly Counter<long> s_written = s_meter.CreateCounter<long>("device.bytes.written", "By");
    private static readonly Counter<long> s_read = s_meter.CreateCounter<long>("device.bytes.read", "By");
    private static readonly Counter<long> s_corrupt = s_meter.CreateCounter<long>("device.reads.corrupt", "{read}");
    private static readonly Counter<long> s_compacted = s_meter.CreateCounter<long>("device.bytes.compacted", "By");
    private static readonly Counter<long> s_scrubbed = s_meter.CreateCounter<long>("device.bytes.scrubbed", "By");

    private readonly TagList _tags;

    public DeviceMeter(DeviceIdentity identity) =>
        _tags = new TagList { { "device", identity.Id.ToString() }, { "tier", identity.Tier.ToString() } };

    public void Committed(int records, long bytes)
    {
        s_commits.Add(1, _tags);
        s_records.Add(records, _tags);
        s_written.Add(bytes, _tags);
    }

    public void Read(long bytes) => s_read.Add(bytes, _tags);

    public void Corrupt() => s_corrupt.Add(1, _tags);

    public void Compacted(long bytes) => s_compacted.Add(bytes, _tags);

    public void Scrubbed(long bytes) => s_scrubbed.Add(bytes, _tags);
}
