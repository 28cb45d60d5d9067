namespace OrleansStorage.Devices.Fragments;

/// <summary>A stored fragment.</summary>
/// <param name="Id">Its name.</param>
/// <param name="SizeBytes">Length of its payload.</param>
public readonly record struct FragmentEntry(FragmentId Id, int SizeBytes);
