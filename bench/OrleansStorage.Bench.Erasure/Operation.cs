namespace OrleansStorage.Bench.Erasure;

/// <summary>What is measured.</summary>
internal enum Operation
{
    /// <summary>All parity of all data.</summary>
    Encode,

    /// <summary>The first m data fragments, of the rest and all parity.</summary>
    Reconstruct,
}
