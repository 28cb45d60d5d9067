namespace OrleansStorage.Metadata.Postgres;

/// <summary>How a <see cref="PostgresMetadataStore"/> behaves.</summary>
public sealed class PostgresMetadataStoreOptions
{
    /// <summary>Of Npgsql. The database exists; its tables are made when they are not there.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>How many connections commit side by side. An owner's transactions keep to one of them.</summary>
    public int Lanes { get; init; } = 4;

    /// <summary>How many transactions may wait in a lane; more callers wait to get in.</summary>
    public int QueueLength { get; init; } = 1024;

    /// <summary>How many transactions are committed together at most.</summary>
    public int BatchLengthMax { get; init; } = 256;

    /// <summary>How long a statement may take until the connection is given up.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Throws when a value is out of range.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrEmpty(ConnectionString);
        ArgumentOutOfRangeException.ThrowIfLessThan(Lanes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchLengthMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CommandTimeout, TimeSpan.FromSeconds(1));
    }
}
