namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>What several lanes need beside the rounds: to bring the words of their blocks side by side.</summary>
/// <typeparam name="T">One word of every lane.</typeparam>
internal unsafe interface IMd5VectorLanes<T> : IMd5Lanes<T>
    where T : unmanaged
{
    /// <summary>The processor can compute with this type.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Number of lanes, a multiple of 4.</summary>
    static abstract int Count { get; }

    /// <summary>Four words of source <paramref name="first"/>, then of every fourth source after it.</summary>
    static abstract T Gather(byte** sources, int first, nuint offset);

    /// <summary>Words 0 and 1 of each 128 bits, alternating.</summary>
    static abstract T ZipLowWords(T left, T right);

    /// <summary>Words 2 and 3 of each 128 bits, alternating.</summary>
    static abstract T ZipHighWords(T left, T right);

    /// <summary>The first pair of words of each 128 bits, alternating.</summary>
    static abstract T ZipLowPairs(T left, T right);

    /// <summary>The second pair of words of each 128 bits, alternating.</summary>
    static abstract T ZipHighPairs(T left, T right);
}
