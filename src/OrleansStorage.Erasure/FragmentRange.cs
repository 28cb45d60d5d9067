namespace OrleansStorage.Erasure;

/// <summary>The part of one data fragment that holds a part of a range of a blob.</summary>
/// <param name="Fragment">Number of the data fragment.</param>
/// <param name="Offset">Where the part starts in the fragment, in bytes.</param>
/// <param name="Length">Length of the part, in bytes, 1 or more.</param>
/// <param name="Position">Where the part starts in the range that was asked for, in bytes.</param>
public readonly record struct FragmentRange(int Fragment, int Offset, int Length, int Position);
