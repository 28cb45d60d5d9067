using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel;

/// <summary>The instruments of one side: meter <c>OrleansStorage.DataChannel</c>, tagged with <c>side</c> and, at the client, <c>peer</c>.</summary>
internal sealed class DataChannelMeter
{
    private static readonly Meter s_meter = new("OrleansStorage.DataChannel");
    private static readonly Counter<long> s_sent = s_meter.CreateCounter<long>("channel.bytes.sent", "By");
    private static readonly Counter<long> s_received = s_meter.CreateCounter<long>("channel.bytes.received", "By");
    private static readonly Counter<long> s_requests = s_meter.CreateCounter<long>("channel.requests", "{request}");
    private static readonly Counter<long> s_errors = s_meter.CreateCounter<long>("channel.errors", "{error}");
    private static readonly UpDownCounter<long> s_inFlight = s_meter.CreateUpDownCounter<long>("channel.requests.inflight", "{request}");
    private static readonly UpDownCounter<long> s_connections = s_meter.CreateUpDownCounter<long>("channel.connections", "{connection}");
    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>("channel.request.duration", "s");

    private readonly TagList _tags;

    public DataChannelMeter(string side, string? peer = null)
    {
        _tags = new TagList { { "side", side } };
        if (peer is not null)
        {
            _tags.Add("peer", peer);
        }
    }

    public void Sent(int bytes) => s_sent.Add(bytes, _tags);

    public void Received(int bytes) => s_received.Add(bytes, _tags);

    public void Connected(int change) => s_connections.Add(change, _tags);

    public void Began() => s_inFlight.Add(1, _tags);

    public void Ended(Operation operation, string outcome, TimeSpan elapsed)
    {
        var tags = _tags;
        tags.Add("operation", operation.ToString());
        s_duration.Record(elapsed.TotalSeconds, tags);
        tags.Add("outcome", outcome);
        s_inFlight.Add(-1, _tags);
        s_requests.Add(1, tags);
    }

    /// <summary>A connection ended, or was never made.</summary>
    public void Error(string kind)
    {
        var tags = _tags;
        tags.Add("kind", kind);
        s_errors.Add(1, tags);
    }
}
