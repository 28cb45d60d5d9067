using OrleansStorage.Metadata.Sqlite;

namespace OrleansStorage.Metadata.Tests.Sqlite;

public sealed class SqliteMetadataStoreContractTests : MetadataStoreContractTests
{
    private readonly TemporaryDirectory _directory = new();

    protected override int RandomSteps => 400;

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    protected override ValueTask<IMetadataStore> OpenAsync() => new(SqliteMetadataStore.Open(_directory.File("metadata.db")));
}
