namespace OrleansStorage.Metadata.Tables;

/// <summary>Where a takeover stands.</summary>
/// <param name="Incarnation">The silo from which it was taken.</param>
/// <param name="Owner">What was taken; empty for everything the silo has.</param>
/// <param name="Epoch">The epoch of the next holder; every lower one of this silo is over.</param>
public readonly record struct TakeoverKey(long Incarnation, string Owner, long Epoch)
{
    /// <summary>The range of everything that was taken from a silo.</summary>
    public static KeyRange<TakeoverKey> AllOf(long incarnation) =>
        new(new TakeoverKey(incarnation, "", 0), FromInclusive: true, new TakeoverKey(incarnation + 1, "", 0));
}

/// <summary>An ownership that was taken from a silo which has not taken note of it yet.</summary>
/// <param name="Key">Where it stands.</param>
public sealed record TakeoverRow(TakeoverKey Key);

/// <summary><c>takeovers</c>: what each silo has lost and must know before it extends its lease.</summary>
public sealed class TakeoversTable : Table<TakeoverKey, TakeoverRow>
{
    /// <inheritdoc/>
    public override string Name => "takeovers";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } =
    [
        new("incarnation", ColumnType.Int64),
        new("owner", ColumnType.Text),
        new("epoch", ColumnType.Int64),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } = [];

    /// <inheritdoc/>
    public override TakeoverKey KeyOf(TakeoverRow row) => row.Key;

    /// <inheritdoc/>
    public override void WriteKey(TakeoverKey key, IRowWriter writer)
    {
        writer.Int64(key.Incarnation);
        writer.Text(key.Owner);
        writer.Int64(key.Epoch);
    }

    /// <inheritdoc/>
    public override void WriteValues(TakeoverRow row, IRowWriter writer)
    {
    }

    /// <inheritdoc/>
    public override TakeoverRow Read(IRowReader reader) =>
        new(new TakeoverKey(reader.Int64(), reader.Text(), reader.Int64()));
}
