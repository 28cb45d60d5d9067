using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Metadata.Tests;

/// <summary>Makes random transactions, and knows what becomes of them.</summary>
internal sealed class StoreModel(Random random)
{
    private const int Keys = 12;
    private readonly SortedDictionary<(long Bucket, byte Key), long> _objects = [];
    private long _epoch;

    public int Committed { get; private set; }

    public int Refused { get; private set; }

    public KeyRange<ObjectKey> Everything { get; } =
        new(new ObjectKey(0, []), FromInclusive: true, new ObjectKey(long.MaxValue, []));

    public (MetadataTransaction Transaction, Type? Expected) Next()
    {
        var transaction = new MetadataTransaction();
        var violation = AddConditions(transaction);
        var changes = AddChanges(transaction);
        if (violation is null)
        {
            changes.ForEach(change => change());
            Committed++;
        }
        else
        {
            Refused++;
        }

        return (transaction, violation);
    }

    public bool Matches(IReadOnlyList<ObjectRow> rows) =>
        rows.Select(row => ((row.Key.BucketId, row.Key.Key[0]), row.SizeBytes))
            .SequenceEqual(_objects.Select(pair => (pair.Key, pair.Value)));

    private Type? AddConditions(MetadataTransaction transaction)
    {
        Type? violation = null;
        for (var i = random.Next(3); i > 0; i--)
        {
            var (bucket, key) = NextKey();
            var isThere = _objects.ContainsKey((bucket, key));
            switch (random.Next(4))
            {
                case 0:
                    transaction.RequireRow(Schema.Objects, new ObjectKey(bucket, [key]));
                    violation ??= isThere ? null : typeof(MetadataConditionException);
                    break;
                case 1:
                    transaction.RequireNoRow(Schema.Objects, new ObjectKey(bucket, [key]));
                    violation ??= isThere ? typeof(MetadataConditionException) : null;
                    break;
                case 2:
                    var range = NextRange();
                    transaction.RequireEmpty(Schema.Objects, ToKeys(range));
                    violation ??= In(range).Any() ? typeof(MetadataConditionException) : null;
                    break;
                default:
                    var epoch = Math.Max(0, _epoch - random.Next(2));
                    transaction.Fence("owner", epoch);
                    violation ??= epoch == _epoch ? null : typeof(FencedException);
                    break;
            }
        }

        return violation;
    }

    private List<Action> AddChanges(MetadataTransaction transaction)
    {
        var changes = new List<Action>();
        for (var i = random.Next(5); i > 0; i--)
        {
            var (bucket, key) = NextKey();
            switch (random.Next(7))
            {
                case < 4:
                    var size = random.NextInt64();
                    transaction.Put(Schema.Objects, TestRows.Object(bucket, "x", sizeBytes: size) with { Key = new(bucket, [key]) });
                    changes.Add(() => _objects[(bucket, key)] = size);
                    break;
                case 4:
                    transaction.Delete(Schema.Objects, new ObjectKey(bucket, [key]));
                    changes.Add(() => _objects.Remove((bucket, key)));
                    break;
                case 5:
                    var range = NextRange();
                    transaction.DeleteRange(Schema.Objects, ToKeys(range));
                    changes.Add(() => In(range).ToList().ForEach(each => _objects.Remove(each)));
                    break;
                default:
                    var epoch = _epoch + 1;
                    transaction.Put(Schema.Owners, TestRows.Owner("owner", epoch));
                    changes.Add(() => _epoch = epoch);
                    break;
            }
        }

        return changes;
    }

    private (long Bucket, byte Key) NextKey() => (random.Next(1, 3), (byte)random.Next(Keys));

    private ((long, byte) From, bool Inclusive, (long, byte) To) NextRange() =>
        (NextKey(), random.Next(2) == 0, NextKey());

    private IEnumerable<(long, byte)> In(((long, byte) From, bool Inclusive, (long, byte) To) range) =>
        _objects.Keys.Where(key =>
            key.CompareTo(range.From) is var order && (order > 0 || (order == 0 && range.Inclusive)) && key.CompareTo(range.To) < 0);

    private static KeyRange<ObjectKey> ToKeys(((long, byte) From, bool Inclusive, (long, byte) To) range) => new(
        new ObjectKey(range.From.Item1, [range.From.Item2]),
        range.Inclusive,
        new ObjectKey(range.To.Item1, [range.To.Item2]));
}
