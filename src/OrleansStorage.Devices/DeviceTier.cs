namespace OrleansStorage.Devices;

/// <summary>The kind of medium. Values are stored; append, never renumber.</summary>
public enum DeviceTier : byte
{
    /// <summary>Memory: lost with the process.</summary>
    Memory = 1,

    /// <summary>Flash.</summary>
    Ssd = 2,

    /// <summary>Fast rotating disks.</summary>
    Sas = 3,

    /// <summary>Large rotating disks.</summary>
    Sata = 4,

    /// <summary>Slow, cheap and seldom read.</summary>
    Archive = 5,
}
