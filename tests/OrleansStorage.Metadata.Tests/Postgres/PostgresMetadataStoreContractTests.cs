using OrleansStorage.Metadata.Postgres;
using Xunit;

namespace OrleansStorage.Metadata.Tests.Postgres;

[Collection(PostgresCollection.Name)]
[NeedsPostgres]
public sealed class PostgresMetadataStoreContractTests(SharedPostgres postgres) : MetadataStoreContractTests
{
    protected override int RandomSteps => 400;

    protected override async ValueTask<IMetadataStore> OpenAsync() =>
        await PostgresMetadataStore.OpenAsync(await postgres.NewDatabaseAsync(), default);
}

/// <summary>One lane: everything that is concurrent meets in one SQL transaction.</summary>
[Collection(PostgresCollection.Name)]
[NeedsPostgres]
public sealed class PostgresOneLaneContractTests(SharedPostgres postgres) : MetadataStoreContractTests
{
    protected override int RandomSteps => 200;

    protected override async ValueTask<IMetadataStore> OpenAsync() =>
        await PostgresMetadataStore.OpenAsync(await postgres.NewDatabaseAsync(lanes: 1), default);
}
