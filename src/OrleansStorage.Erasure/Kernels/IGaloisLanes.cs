namespace OrleansStorage.Erasure.Kernels;

/// <summary>Multiplication of every byte of a vector by a constant, as a processor offers it.</summary>
/// <typeparam name="T">The vector.</typeparam>
/// <remarks>
/// An operand and a table each have two halves, because a shuffle multiplies nibbles. Where one instruction multiplies
/// bytes the second halves stay unused, and vanish from the code.
/// </remarks>
internal unsafe interface IGaloisLanes<T>
    where T : unmanaged
{
    /// <summary>The processor can compute with this type.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Size of the table for one constant, in bytes.</summary>
    static abstract int TableBytes { get; }

    /// <summary>Writes the table for one constant.</summary>
    static abstract void WriteTable(byte constant, Span<byte> table);

    /// <summary>A vector from memory, at any alignment.</summary>
    static abstract T Load(byte* source);

    /// <summary>A vector to memory, at any alignment.</summary>
    static abstract void Store(byte* target, T value);

    /// <summary>First half of a table.</summary>
    static abstract T LowTable(byte* table);

    /// <summary>Second half of a table.</summary>
    static abstract T HighTable(byte* table);

    /// <summary>First half of an operand.</summary>
    static abstract T Low(T value);

    /// <summary>Second half of an operand.</summary>
    static abstract T High(T value);

    /// <summary>The sum plus constant times operand.</summary>
    static abstract T AddProduct(T sum, T lowTable, T highTable, T low, T high);
}
