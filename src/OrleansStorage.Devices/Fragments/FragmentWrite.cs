namespace OrleansStorage.Devices.Fragments;

/// <summary>A fragment to write.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Payload">1 byte to <see cref="FragmentId.SizeMaxBytes"/>; unchanged until the call completes.</param>
public readonly record struct FragmentWrite(FragmentId Id, ReadOnlyMemory<byte> Payload);
