using OrleansStorage.Metadata.Tables;
using OrleansStorage.Pools;

namespace OrleansStorage.Silo.Storage;

/// <summary>A pool as the metadata store has it, and as this process uses it.</summary>
/// <param name="Row">The pool.</param>
/// <param name="Protection">What it promises to survive.</param>
/// <param name="Groups">Its stripe groups.</param>
/// <param name="Blobs">Reads and writes it.</param>
public sealed record StoredPool(PoolRow Row, PoolProtection Protection, GroupMap Groups, LocalPool Blobs);
