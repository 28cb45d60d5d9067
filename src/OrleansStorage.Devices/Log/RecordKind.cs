namespace OrleansStorage.Devices.Log;

/// <summary>What a record of the log says. Values are stored; append, never renumber.</summary>
internal enum RecordKind : byte
{
    /// <summary>A fragment, with its payload.</summary>
    Fragment = 1,

    /// <summary>The fragment was deleted.</summary>
    FragmentTombstone = 2,

    /// <summary>A version of an extent block, with its payload.</summary>
    Block = 3,

    /// <summary>The extent was deleted, with its fence.</summary>
    ExtentTombstone = 4,

    /// <summary>The extent accepts no lower epoch.</summary>
    Fence = 5,

    /// <summary>Covers what a torn write left behind.</summary>
    Void = 6,
}
