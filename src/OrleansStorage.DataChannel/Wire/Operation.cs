namespace OrleansStorage.DataChannel.Wire;

/// <summary>What a request asks for. Values travel; append, never renumber.</summary>
internal enum Operation : byte
{
    /// <summary>Nothing: shows that the peer is there.</summary>
    Ping = 1,

    /// <summary>What a device is and how it is.</summary>
    Status = 2,

    /// <summary>Writes fragments of one group.</summary>
    WriteFragments = 3,

    /// <summary>Reads a range of a fragment.</summary>
    ReadFragment = 4,

    /// <summary>Deletes fragments of one group.</summary>
    DeleteFragments = 5,

    /// <summary>The length of a fragment.</summary>
    FindFragment = 6,

    /// <summary>A page of the fragments.</summary>
    ListFragments = 7,

    /// <summary>Writes blocks of one extent.</summary>
    WriteBlocks = 8,

    /// <summary>Reads neighbouring blocks of one extent.</summary>
    ReadBlocks = 9,

    /// <summary>A page of the extents.</summary>
    ListExtents = 10,

    /// <summary>The blocks of one extent.</summary>
    ListBlocks = 11,

    /// <summary>Raises the fence of an extent.</summary>
    FenceExtent = 12,

    /// <summary>Deletes an extent.</summary>
    DeleteExtent = 13,

    /// <summary>Raises the epoch of a group and waits until nothing older is under way.</summary>
    RaiseEpoch = 14,

    /// <summary>What devices there are.</summary>
    ListDevices = 15,

    /// <summary>Only as an answer to nothing: why the connection is closed.</summary>
    Goodbye = 16,
}
