using OrleansStorage.Metadata.Memory;

namespace OrleansStorage.Metadata.Tests.Memory;

public sealed class MemoryMetadataStoreTests : MetadataStoreContractTests
{
    protected override int RandomSteps => 10_000;

    protected override ValueTask<IMetadataStore> OpenAsync() => new(new MemoryMetadataStore());
}
