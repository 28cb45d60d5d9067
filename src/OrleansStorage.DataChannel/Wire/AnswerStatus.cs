namespace OrleansStorage.DataChannel.Wire;

/// <summary>What came of a request. Values travel; append, never renumber.</summary>
internal enum AnswerStatus : ushort
{
    /// <summary>It was done.</summary>
    Done = 0,

    /// <summary>There is no such fragment.</summary>
    FragmentNotFound = 1,

    /// <summary>The name is taken by other bytes.</summary>
    FragmentExists = 2,

    /// <summary>Stored bytes do not match their checksum.</summary>
    Corrupt = 3,

    /// <summary>There is no room.</summary>
    Full = 4,

    /// <summary>The extent was fenced.</summary>
    Fenced = 5,

    /// <summary>The device is out of service.</summary>
    DeviceFailed = 6,

    /// <summary>Too many calls wait for the device.</summary>
    Busy = 7,

    /// <summary>The epoch of the group is older than one that the device was told.</summary>
    StaleEpoch = 8,

    /// <summary>The server has no such device, or it was closed.</summary>
    NoSuchDevice = 9,

    /// <summary>An argument is out of its range.</summary>
    InvalidArgument = 10,

    /// <summary>The device failed in another way.</summary>
    Failed = 11,
}
