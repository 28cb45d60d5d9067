namespace OrleansStorage.Metadata.Tables;

/// <summary>A device that the cluster knows.</summary>
/// <param name="DeviceId">Its id, as it stands in the device's own header.</param>
/// <param name="Silo">Name of the silo that serves it.</param>
/// <param name="Path">Where it lies on that silo; empty for memory.</param>
/// <param name="Tier">Its tier.</param>
/// <param name="CapacityBytes">How much it may hold.</param>
/// <param name="FaultDomain">Site, rack and silo, separated by slashes.</param>
/// <param name="State">What the operator or the cluster has decided about it: <c>Online</c>, <c>Draining</c> or <c>Lost</c>.</param>
public sealed record DeviceRow(
    string DeviceId, string Silo, string Path, string Tier, long CapacityBytes, string FaultDomain, string State);

/// <summary><c>devices</c>: every device, by id.</summary>
public sealed class DevicesTable : Table<string, DeviceRow>
{
    /// <inheritdoc/>
    public override string Name => "devices";

    /// <inheritdoc/>
    public override IReadOnlyList<Column> KeyColumns { get; } = [new("device_id", ColumnType.Text)];

    /// <inheritdoc/>
    public override IReadOnlyList<Column> ValueColumns { get; } =
    [
        new("silo", ColumnType.Text),
        new("path", ColumnType.Text),
        new("tier", ColumnType.Text),
        new("capacity_bytes", ColumnType.Int64),
        new("fault_domain", ColumnType.Text),
        new("state", ColumnType.Text),
    ];

    /// <inheritdoc/>
    public override string KeyOf(DeviceRow row) => row.DeviceId;

    /// <inheritdoc/>
    public override void WriteKey(string key, IRowWriter writer) => writer.Text(key);

    /// <inheritdoc/>
    public override void WriteValues(DeviceRow row, IRowWriter writer)
    {
        writer.Text(row.Silo);
        writer.Text(row.Path);
        writer.Text(row.Tier);
        writer.Int64(row.CapacityBytes);
        writer.Text(row.FaultDomain);
        writer.Text(row.State);
    }

    /// <inheritdoc/>
    public override DeviceRow Read(IRowReader reader) => new(
        reader.Text(), reader.Text(), reader.Text(), reader.Text(), reader.Int64(), reader.Text(), reader.Text());
}
