using OrleansStorage.DataChannel.Wire;

namespace OrleansStorage.DataChannel.Client;

/// <summary>What the peer said to a request.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Body">Its body, behind the usage of the device.</param>
/// <param name="List">Its payload, when the request had no destination for it.</param>
internal readonly record struct Answer(FrameHeader Header, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> List);
