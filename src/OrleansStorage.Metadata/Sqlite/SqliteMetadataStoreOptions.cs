namespace OrleansStorage.Metadata.Sqlite;

/// <summary>How a <see cref="SqliteMetadataStore"/> behaves.</summary>
public sealed class SqliteMetadataStoreOptions
{
    /// <summary>
    /// What <see cref="IMetadataStore.IsExclusive"/> says. The file is always locked against other processes; false is
    /// for a process that runs several silos over one store.
    /// </summary>
    public bool IsExclusive { get; init; } = true;

    /// <summary>How many transactions may wait; more callers wait to get in.</summary>
    public int QueueLength { get; init; } = 4096;

    /// <summary>How many transactions are committed together at most.</summary>
    public int BatchLengthMax { get; init; } = 1024;

    /// <summary>How many reads run at once; more wait.</summary>
    public int Readers { get; init; } = Math.Max(4, Environment.ProcessorCount);

    /// <summary>Page cache of the writer, in bytes; each reader has an eighth of it.</summary>
    public long CacheBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>The length, in bytes, from which the log is copied into the database file.</summary>
    /// <remarks>Under load the log grows to a small multiple of this, since commits go on meanwhile.</remarks>
    public long LogBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Throws when a value is out of range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueLength, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchLengthMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Readers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(CacheBytes, 1024 * 1024);
        ArgumentOutOfRangeException.ThrowIfLessThan(LogBytes, 1024 * 1024);
    }
}
