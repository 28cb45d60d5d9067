namespace OrleansStorage.Erasure;

/// <summary>Fewer fragments are left than the code needs: what is missing cannot be computed from them.</summary>
/// <param name="available">How many different fragments were given.</param>
/// <param name="required">How many are needed: the number of data fragments.</param>
public sealed class TooManyFragmentsMissingException(int available, int required)
    : Exception($"{required} fragments are needed to reconstruct the others, and only {available} are there.")
{
    /// <summary>How many different fragments were given.</summary>
    public int Available => available;

    /// <summary>How many are needed: the number of data fragments.</summary>
    public int Required => required;
}
