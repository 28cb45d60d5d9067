namespace OrleansStorage.DataChannel.Wire;

/// <summary>Lengths of what bodies and lists are made of, in bytes.</summary>
internal static class BodySizes
{
    public const int FragmentId = 17;
    public const int FragmentEntry = FragmentId + 4;
    public const int BlockHead = 4 + BlockVersion;
    public const int BlockVersion = 16;
    public const int ExtentId = 16;
    public const int ExtentEntry = ExtentId + 8 + 4;
    public const int Usage = 6 * 8;
    public const int Identity = 16 + 1 + 8;

    /// <summary>What an error says of itself: a number, a fragment, and up to <see cref="Message"/> bytes of words.</summary>
    public const int ErrorHead = 8 + FragmentId;
    public const int Message = 1024;

    /// <summary>Most entries of a list in one answer.</summary>
    public const int ListEntriesMax = 65_536;

    /// <summary>Most blocks of one request: 16 MiB.</summary>
    public const int BlocksMax = 4096;

    /// <summary>Most fragments of one request.</summary>
    public const int FragmentsMax = 4096;
}
