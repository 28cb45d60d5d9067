using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace OrleansStorage.Silo.Metrics;

/// <summary>Collects the meters of this project and gives them in Prometheus' text format (version 0.0.4).</summary>
/// <remarks>
/// Counters and up-down counters are summed, gauges keep their last value, histograms become a sum and a count. Series
/// are bounded by the tags that the instruments use, which never hold names that clients choose.
/// </remarks>
public sealed class PrometheusExporter : IDisposable
{
    private const string MeterPrefix = "OrleansStorage";
    private const string NamePrefix = "ostor_";

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    /// <summary>Begins to listen.</summary>
    public PrometheusExporter()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Record(i, value, tags));
        _listener.SetMeasurementEventCallback<int>((i, value, tags, _) => Record(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Record(i, value, tags));
        _listener.Start();
    }

    /// <summary>The content type of <see cref="Collect"/>.</summary>
    public static string ContentType => "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Every series as it is now.</summary>
    public string Collect()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _series.Values.GroupBy(series => series.Name).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var first = family.First();
            text.Append("# HELP ").Append(first.Name).Append(' ').Append(first.Help).Append('\n');
            text.Append("# TYPE ").Append(first.Name).Append(' ').Append(first.Type).Append('\n');
            foreach (var series in family.OrderBy(series => series.Labels, StringComparer.Ordinal))
            {
                series.AppendTo(text);
            }
        }

        return text.ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        var key = instrument.Meter.Name + "|" + instrument.Name + labels;
        _series.GetOrAdd(key, static (_, state) => new Series(state.instrument, state.labels), (instrument, labels))
            .Record(value);
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty)
        {
            return "";
        }

        var text = new StringBuilder("{");
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length > 1 ? "," : "").Append(Identifier(name)).Append("=\"");
            text.Append(Convert.ToString(value, CultureInfo.InvariantCulture)?
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        return text.Append('}').ToString();
    }

    private static string Identifier(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_'));

    private sealed class Series
    {
        private readonly Lock _lock = new();
        private readonly bool _adds;
        private readonly bool _isHistogram;
        private double _value;
        private long _count;

        public Series(Instrument instrument, string labels)
        {
            var kind = instrument.GetType().GetGenericTypeDefinition();
            _isHistogram = kind == typeof(Histogram<>);
            _adds = kind == typeof(Counter<>) || kind == typeof(UpDownCounter<>);
            var isCounter = kind == typeof(Counter<>) || kind == typeof(ObservableCounter<>);
            Type = _isHistogram ? "summary" : isCounter ? "counter" : "gauge";
            Name = NamePrefix + Identifier(instrument.Name) + (isCounter ? "_total" : "");
            Help = instrument.Description ?? instrument.Name;
            Labels = labels;
        }

        public string Name { get; }

        public string Type { get; }

        public string Help { get; }

        public string Labels { get; }

        public void Record(double value)
        {
            lock (_lock)
            {
                _value = _adds || _isHistogram ? _value + value : value;
                _count++;
            }
        }

        public void AppendTo(StringBuilder text)
        {
            lock (_lock)
            {
                var culture = CultureInfo.InvariantCulture;
                if (_isHistogram)
                {
                    text.Append(culture, $"{Name}_sum{Labels} {_value}\n{Name}_count{Labels} {_count}\n");
                }
                else
                {
                    text.Append(culture, $"{Name}{Labels} {_value}\n");
                }
            }
        }
    }
}
