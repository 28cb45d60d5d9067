namespace OrleansStorage.S3.Store.InMemory;

/// <summary>Objects by key.</summary>
internal sealed class ObjectIndex : KeyIndex<StoredObject>
{
    /// <summary>Sets the object of its key.</summary>
    public void Set(StoredObject stored) => Set(stored.Info.Key, stored);
}
