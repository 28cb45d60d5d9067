using OrleansStorage.Metadata.Sqlite;

namespace OrleansStorage.Metadata.Tests.Sqlite;

/// <summary>The contract where everybody has to wait: for the queue, for the batch, and for a reader.</summary>
public sealed class SqliteSmallQueueContractTests : MetadataStoreContractTests
{
    private readonly TemporaryDirectory _directory = new();

    protected override int RandomSteps => 100;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    protected override ValueTask<IMetadataStore> OpenAsync() => new(SqliteMetadataStore.Open(
        _directory.File("metadata.db"),
        new SqliteMetadataStoreOptions { QueueLength = 2, BatchLengthMax = 3, Readers = 1 }));
}
