using System.Collections.Concurrent;

namespace OrleansStorage.DataChannel.Epochs;

/// <summary>Epochs in memory: lost with the process, after which older epochs are accepted again.</summary>
public sealed class MemoryGroupEpochs : IGroupEpochs
{
    private readonly ConcurrentDictionary<uint, ulong> _epochs = new();

    /// <inheritdoc/>
    public ulong Current(uint group) => _epochs.GetValueOrDefault(group);

    /// <inheritdoc/>
    public ValueTask<ulong> RaiseAsync(uint group, ulong epoch) =>
        new(_epochs.AddOrUpdate(group, epoch, (_, known) => Math.Max(known, epoch)));
}
