using SQLitePCL;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>SQLite has returned an error; never leaves the store.</summary>
internal sealed class SqliteFailureException(int extendedCode, string action, string message)
    : Exception($"SQLite: {message} ({extendedCode}) while {action}.")
{
    /// <summary>The primary result code.</summary>
    public int Code { get; } = extendedCode & 0xFF;

    /// <summary>The disk has failed, and what it says afterwards cannot be relied on.</summary>
    public bool IsDiskFailure => Code == raw.SQLITE_IOERR || IsCorruption;

    private bool IsCorruption => Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>What the caller of the store is told.</summary>
    public MetadataException ToMetadataException(bool outcomeUnknown) => IsCorruption
        ? new MetadataCorruptException(Message, this)
        : new MetadataUnavailableException(Message, outcomeUnknown, this);
}
