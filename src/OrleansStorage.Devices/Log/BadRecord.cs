using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices.Log;

/// <summary>A stored fragment or block whose bytes are damaged.</summary>
/// <param name="Fragment">The fragment; <see langword="null"/> when it is a block.</param>
/// <param name="Extent">The extent of the block; <see langword="null"/> when it is a fragment.</param>
/// <param name="Block">The block's number; 0 for a fragment.</param>
/// <param name="Finding">What is wrong, in words.</param>
public readonly record struct BadRecord(FragmentId? Fragment, ExtentId? Extent, uint Block, string Finding);
