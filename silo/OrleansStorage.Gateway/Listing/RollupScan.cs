using System.Text;
using OrleansStorage.Metadata;

namespace OrleansStorage.Gateway.Listing;

/// <summary>One page of a listing: rows in key order, those behind a delimiter rolled up to common prefixes.</summary>
/// <remarks>
/// The cost of a page is bounded by its own length: rows under a common prefix are skipped by seeking behind them, and
/// a seek reads few rows until it turns out that they are needed.
/// </remarks>
/// <param name="scan">Reads rows of a range.</param>
/// <param name="keyOf">Where a row stands.</param>
/// <param name="nameOf">The key of a row as a listing sees it, UTF-8.</param>
/// <param name="at">Stands before every row whose name is this or greater.</param>
/// <param name="end">Stands behind every row of the bucket.</param>
internal sealed class RollupScan<TKey, TRow>(
    Func<KeyRange<TKey>, int, ValueTask<IReadOnlyList<TRow>>> scan,
    Func<TRow, TKey> keyOf,
    Func<TRow, byte[]> nameOf,
    Func<byte[], TKey> at,
    TKey end)
    where TKey : notnull
    where TRow : class
{
    private const int RowsAfterSeek = 16;

    private readonly List<TRow> _rows = [];
    private readonly List<string> _prefixes = [];
    private byte[] _lastPrefix = [];
    private string _last = "";

    /// <summary>Reads a page.</summary>
    /// <param name="prefix">UTF-8; only names that begin with it.</param>
    /// <param name="delimiter">UTF-8; empty for none.</param>
    /// <param name="start">Where to begin; not before the prefix.</param>
    /// <param name="startInclusive">Whether a row that stands at <paramref name="start"/> belongs to the page.</param>
    /// <param name="limit">At most this many rows and common prefixes together, 1 or more.</param>
    public async ValueTask<RollupPage<TRow>> ReadAsync(
        byte[] prefix, byte[] delimiter, TKey start, bool startInclusive, int limit)
    {
        var to = Utf8Keys.Successor(prefix) is { } behind ? at(behind) : end;
        var range = new KeyRange<TKey>(start, startInclusive, to);
        var batch = delimiter.Length == 0 ? limit + 1 : RowsAfterSeek;
        while (true)
        {
            var rows = await scan(range, batch);
            var rolledUp = false;
            foreach (var row in rows)
            {
                var name = nameOf(row);
                var rollup = Utf8Keys.RollupLength(name, prefix.Length, delimiter);
                if (rollup > 0 && name.AsSpan(0, rollup).SequenceEqual(_lastPrefix))
                {
                    continue;
                }

                if (_rows.Count + _prefixes.Count == limit)
                {
                    return new RollupPage<TRow>(_rows, _prefixes, IsTruncated: true, _last);
                }

                Add(row, name, rollup);
                rolledUp |= rollup > 0;
            }

            if (rows.Count < batch)
            {
                return new RollupPage<TRow>(_rows, _prefixes, IsTruncated: false, _last);
            }

            range = Behind(rows[^1], range.To);
            batch = rolledUp ? RowsAfterSeek : Math.Min(batch * 4, limit + 1);
        }
    }

    private void Add(TRow row, byte[] name, int rollup)
    {
        if (rollup == 0)
        {
            _rows.Add(row);
            _last = Encoding.UTF8.GetString(name);
            return;
        }

        _lastPrefix = name[..rollup];
        _last = Encoding.UTF8.GetString(_lastPrefix);
        _prefixes.Add(_last);
    }

    private KeyRange<TKey> Behind(TRow row, TKey to)
    {
        if (_lastPrefix.Length > 0 && nameOf(row).AsSpan().StartsWith(_lastPrefix)
            && Utf8Keys.Successor(_lastPrefix) is { } behind)
        {
            return new KeyRange<TKey>(at(behind), FromInclusive: true, to);
        }

        return new KeyRange<TKey>(keyOf(row), FromInclusive: false, to);
    }
}

/// <summary>A page of a listing.</summary>
/// <param name="Rows">In key order.</param>
/// <param name="CommonPrefixes">In UTF-8 order.</param>
/// <param name="IsTruncated">There is more.</param>
/// <param name="Last">The greatest name or common prefix of the page; empty when it is empty.</param>
internal sealed record RollupPage<TRow>(
    IReadOnlyList<TRow> Rows, IReadOnlyList<string> CommonPrefixes, bool IsTruncated, string Last);
