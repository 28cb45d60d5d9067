using OrleansStorage.Metadata.Postgres;
using OrleansStorage.Testing.Postgres;
using Xunit;

namespace OrleansStorage.Metadata.Tests.Postgres;

/// <summary>One server for all tests of a collection; each test takes a database of its own.</summary>
public sealed class SharedPostgres : IAsyncLifetime
{
    private int _databases;

    public PostgresServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (PostgresServer.MissingReason is null)
        {
            Server = await PostgresServer.StartAsync();
        }
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
        {
            await Server.DisposeAsync();
        }
    }

    public async ValueTask<PostgresMetadataStoreOptions> NewDatabaseAsync(int lanes = 4) => new()
    {
        ConnectionString = await Server.CreateDatabaseAsync($"test{Interlocked.Increment(ref _databases)}"),
        Lanes = lanes,
        CommandTimeout = TimeSpan.FromSeconds(20),
    };
}

[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<SharedPostgres>
{
    public const string Name = "postgres";
}
