using System.Diagnostics.CodeAnalysis;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>What the rounds of MD5 need of a type that holds one word of each lane.</summary>
/// <typeparam name="T">One word of every lane.</typeparam>
internal interface IMd5Lanes<T>
    where T : struct
{
    /// <summary>The sum, lane by lane.</summary>
    static abstract T Add(T left, T right);

    /// <summary>Word <paramref name="index"/> of the block plus the constant of a step.</summary>
    static abstract T Word(ref byte words, int index, ref uint sines, int step);

    /// <summary>A step of round 1: b + ((a + F(b, c, d) + word) rotated left).</summary>
    static abstract T F(T a, T b, T c, T d, T word, [ConstantExpected] byte shift);

    /// <summary>A step of round 2.</summary>
    static abstract T G(T a, T b, T c, T d, T word, [ConstantExpected] byte shift);

    /// <summary>A step of round 3.</summary>
    static abstract T H(T a, T b, T c, T d, T word, [ConstantExpected] byte shift);

    /// <summary>A step of round 4.</summary>
    static abstract T I(T a, T b, T c, T d, T word, [ConstantExpected] byte shift);
}
