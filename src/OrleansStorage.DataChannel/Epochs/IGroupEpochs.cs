namespace OrleansStorage.DataChannel.Epochs;

/// <summary>The highest epoch of each stripe group that one device was told. Safe to call from many threads.</summary>
public interface IGroupEpochs
{
    /// <summary>The highest epoch of a group; 0 when none was told. Cheap.</summary>
    ulong Current(uint group);

    /// <summary>Raises the epoch of a group, durably when the call has completed. A lower one is no error and changes nothing.</summary>
    /// <returns>The epoch that now holds.</returns>
    ValueTask<ulong> RaiseAsync(uint group, ulong epoch);
}
