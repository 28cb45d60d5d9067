using OrleansStorage.S3.Contract;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Store.InMemory;

namespace OrleansStorage.S3.Tests.Store;

public sealed class InMemoryObjectStoreTests : ObjectStoreContract
{
    protected override ValueTask<IObjectStore> OpenStoreAsync() => ValueTask.FromResult<IObjectStore>(new InMemoryObjectStore());
}
