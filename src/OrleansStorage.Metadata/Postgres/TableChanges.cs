using Npgsql;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>What a batch does to one table, in as few statements as its order allows.</summary>
/// <remarks>
/// Between two deletions of ranges only the last change of each key counts, so each such stretch is one deletion and
/// one insertion, in key order.
/// </remarks>
internal sealed class TableChanges(TableLayout layout)
{
    private readonly List<PreparedRange> _ranges = [];
    private readonly List<Dictionary<byte[], PreparedChange>> _stretches = [new(KeyComparer.Instance)];
    private readonly HashSet<byte[]> _keys = new(KeyComparer.Instance);
    private readonly List<(byte[] From, byte[] To)> _encodedRanges = [];

    /// <summary>Adds the next change.</summary>
    public void Add(PreparedChange change, KeyEncoder encoder)
    {
        if (change.Kind == ChangeKind.DeleteRange)
        {
            _ranges.Add(change.Range!);
            _encodedRanges.Add(Encode(change.Range!, encoder));
            _stretches.Add(new(KeyComparer.Instance));
            return;
        }

        var key = encoder.Encode(layout, change.Values);
        _stretches[^1][key] = change;
        _keys.Add(key);
    }

    /// <summary>The row of this key is changed, or may be.</summary>
    public bool Touches(byte[] key) => _keys.Contains(key) || _encodedRanges.Exists(range => IsIn(key, range));

    /// <summary>A row of this range is changed, or may be.</summary>
    public bool Touches(PreparedRange range, KeyEncoder encoder)
    {
        var encoded = Encode(range, encoder);
        return _keys.Any(key => IsIn(key, encoded))
            || _encodedRanges.Exists(other => Compare(other.From, encoded.To) <= 0 && Compare(encoded.From, other.To) <= 0);
    }

    /// <summary>The statements.</summary>
    public IEnumerable<NpgsqlBatchCommand> Commands()
    {
        for (var i = 0; i < _stretches.Count; i++)
        {
            if (i > 0)
            {
                var range = _ranges[i - 1];
                yield return PostgresParameters.Range(layout.Sql.DeleteRange(range.FromInclusive), layout, range, limit: 0);
            }

            var ordered = _stretches[i].OrderBy(pair => pair.Key, ByKey).Select(pair => pair.Value).ToArray();
            var deletes = ordered.Where(change => change.Kind == ChangeKind.Delete).Select(change => change.Values).ToArray();
            var puts = ordered.Where(change => change.Kind == ChangeKind.Put).Select(change => change.Values).ToArray();
            if (deletes.Length > 0)
            {
                yield return PostgresParameters.Arrays(PostgresText.Of(layout).Delete, layout, layout.KeyCount, deletes);
            }

            if (puts.Length > 0)
            {
                yield return PostgresParameters.Arrays(PostgresText.Of(layout).Put, layout, layout.Columns.Length, puts);
            }
        }
    }

    internal static Comparer<byte[]> ByKey { get; } = Comparer<byte[]>.Create(Compare);

    private (byte[] From, byte[] To) Encode(PreparedRange range, KeyEncoder encoder) =>
        (encoder.Encode(layout, range.From), encoder.Encode(layout, range.To));

    private static bool IsIn(byte[] key, (byte[] From, byte[] To) range) =>
        Compare(range.From, key) <= 0 && Compare(key, range.To) < 0;

    private static int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
