namespace OrleansStorage.Devices;

/// <summary>What an operator reads about a device.</summary>
/// <param name="State">Whether it can be used.</param>
/// <param name="Failure">Why it is out of service; <see langword="null"/> when it is not.</param>
/// <param name="LostRegions">Damaged regions of the log that held acknowledged records, found since it was opened.</param>
/// <param name="CorruptReads">Reads and scrubs that met bytes not matching their checksum, since it was opened.</param>
/// <param name="TornBytes">Bytes of writes never acknowledged that the last recovery cut off. Not a fault.</param>
/// <param name="Notes">The latest findings in words, newest last; bounded.</param>
public sealed record DeviceHealth(
    DeviceState State,
    string? Failure,
    long LostRegions,
    long CorruptReads,
    long TornBytes,
    IReadOnlyList<string> Notes);
