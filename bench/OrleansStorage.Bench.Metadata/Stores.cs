using OrleansStorage.Metadata;
using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Postgres;
using OrleansStorage.Metadata.Sqlite;
using OrleansStorage.Testing.Postgres;

namespace OrleansStorage.Bench.Metadata;

/// <summary>Opens the stores as a silo does.</summary>
internal static class Stores
{
    public static IMetadataStore OpenMemory() => new MemoryMetadataStore();

    public static IMetadataStore OpenSqlite(WorkDirectory directory) => SqliteMetadataStore.Open(directory.File("metadata.db"));

    public static async Task WithPostgresAsync(Func<IMetadataStore, Task> run)
    {
        if (PostgresServer.MissingReason is { } reason)
        {
            Console.WriteLine($"postgres: skipped, {reason}");
            return;
        }

        await using var server = await PostgresServer.StartAsync();
        var options = new PostgresMetadataStoreOptions { ConnectionString = await server.CreateDatabaseAsync("bench") };
        await run(await PostgresMetadataStore.OpenAsync(options, CancellationToken.None));
    }
}
