using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace OrleansStorage.S3.Transport;

/// <summary>Gives the socket transport large blocks, so that it receives and sends large bodies in large pieces.</summary>
/// <remarks>
/// Good when bodies are large: a receive of 64 KiB costs little more than one of 4 KiB, and there are 16 times fewer.
/// Bad when there are very many slow connections in the middle of a request, each of which holds a block or two;
/// an idle connection holds none. The transport makes one pool for each of its queues.
/// </remarks>
/// <param name="blockBytes">Length of a block; 4 KiB or more.</param>
/// <param name="keptBytesMax">Most memory that one pool keeps for later.</param>
public sealed class LargeBlockMemoryPoolFactory(
    int blockBytes = LargeBlockMemoryPoolFactory.DefaultBlockBytes,
    int keptBytesMax = LargeBlockMemoryPoolFactory.DefaultKeptBytesMax) : IMemoryPoolFactory<byte>
{
    /// <summary>Length of a block, unless another is asked for.</summary>
    public const int DefaultBlockBytes = 64 * 1024;

    /// <summary>Most memory that one pool keeps, unless another figure is asked for.</summary>
    public const int DefaultKeptBytesMax = 32 << 20;

    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlockMemoryPool(blockBytes, keptBytesMax);
}
