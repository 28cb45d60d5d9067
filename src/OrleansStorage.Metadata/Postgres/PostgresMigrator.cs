using Npgsql;
using OrleansStorage.Metadata.Migrations;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>Brings the database to this program's schema.</summary>
internal static class PostgresMigrator
{
    private const long LockId = 0x6F73746F726D6574; // "ostormet": silos that start together take turns.

    /// <summary>Takes the steps that are missing, all or none of them.</summary>
    /// <exception cref="MetadataSchemaException">The schema is too new for this program.</exception>
    public static async ValueTask MigrateAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(connection, $"SELECT pg_advisory_xact_lock({LockId})", cancellationToken);
        await RunAsync(connection, SqlDialect.Postgres.Translate(Migration.VersionTable), cancellationToken);
        var (version, minCompatibleVersion) = await ReadVersionAsync(connection, cancellationToken);
        foreach (var migration in Migration.Needed(version, minCompatibleVersion))
        {
            await RunAsync(connection, migration.Script(SqlDialect.Postgres), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static async ValueTask<(long Version, long MinCompatibleVersion)> ReadVersionAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Migration.ReadVersion, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetInt64(0), reader.GetInt64(1)) : (0, 0);
    }

    private static async ValueTask RunAsync(NpgsqlConnection connection, string script, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // The scripts are our own.
        await using var command = new NpgsqlCommand(script, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
