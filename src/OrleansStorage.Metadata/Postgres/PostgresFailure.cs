using Npgsql;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>What callers are told when PostgreSQL or the way to it fails.</summary>
internal static class PostgresFailure
{
    public static MetadataException ToMetadataException(Exception failure, bool outcomeUnknown) =>
        failure is PostgresException { SqlState: PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted }
            ? new MetadataCorruptException($"PostgreSQL: {failure.Message}", failure)
            : new MetadataUnavailableException($"PostgreSQL: {failure.Message}", outcomeUnknown, failure);
}
