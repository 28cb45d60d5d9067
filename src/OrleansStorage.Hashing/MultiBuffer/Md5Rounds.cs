using System.Runtime.CompilerServices;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>The four rounds of MD5 (RFC 1321 section 3.4) over one block of each lane.</summary>
/// <typeparam name="TLanes">How lanes are computed with.</typeparam>
/// <typeparam name="T">One word of every lane.</typeparam>
internal static class Md5Rounds<TLanes, T>
    where TLanes : struct, IMd5Lanes<T>
    where T : struct
{
    /// <summary>Advances the state words over the 16 words of a block.</summary>
    /// <param name="a">Word A of every lane.</param>
    /// <param name="b">Word B of every lane.</param>
    /// <param name="c">Word C of every lane.</param>
    /// <param name="d">Word D of every lane.</param>
    /// <param name="words">16 words of type <typeparamref name="T"/>, one after the other.</param>
    /// <param name="sines">The 64 constants of the steps.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Apply(ref T a, ref T b, ref T c, ref T d, ref byte words, ref uint sines)
    {
        var (a0, b0, c0, d0) = (a, b, c, d);
        Round1(ref a, ref b, ref c, ref d, ref words, ref sines);
        Round2(ref a, ref b, ref c, ref d, ref words, ref sines);
        Round3(ref a, ref b, ref c, ref d, ref words, ref sines);
        Round4(ref a, ref b, ref c, ref d, ref words, ref sines);
        a = TLanes.Add(a, a0);
        b = TLanes.Add(b, b0);
        c = TLanes.Add(c, c0);
        d = TLanes.Add(d, d0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round1(ref T a, ref T b, ref T c, ref T d, ref byte words, ref uint sines)
    {
        a = TLanes.F(a, b, c, d, TLanes.Word(ref words, 0, ref sines, 0), 7);
        d = TLanes.F(d, a, b, c, TLanes.Word(ref words, 1, ref sines, 1), 12);
        c = TLanes.F(c, d, a, b, TLanes.Word(ref words, 2, ref sines, 2), 17);
        b = TLanes.F(b, c, d, a, TLanes.Word(ref words, 3, ref sines, 3), 22);
        a = TLanes.F(a, b, c, d, TLanes.Word(ref words, 4, ref sines, 4), 7);
        d = TLanes.F(d, a, b, c, TLanes.Word(ref words, 5, ref sines, 5), 12);
        c = TLanes.F(c, d, a, b, TLanes.Word(ref words, 6, ref sines, 6), 17);
        b = TLanes.F(b, c, d, a, TLanes.Word(ref words, 7, ref sines, 7), 22);
        a = TLanes.F(a, b, c, d, TLanes.Word(ref words, 8, ref sines, 8), 7);
        d = TLanes.F(d, a, b, c, TLanes.Word(ref words, 9, ref sines, 9), 12);
        c = TLanes.F(c, d, a, b, TLanes.Word(ref words, 10, ref sines, 10), 17);
        b = TLanes.F(b, c, d, a, TLanes.Word(ref words, 11, ref sines, 11), 22);
        a = TLanes.F(a, b, c, d, TLanes.Word(ref words, 12, ref sines, 12), 7);
        d = TLanes.F(d, a, b, c, TLanes.Word(ref words, 13, ref sines, 13), 12);
        c = TLanes.F(c, d, a, b, TLanes.Word(ref words, 14, ref sines, 14), 17);
        b = TLanes.F(b, c, d, a, TLanes.Word(ref words, 15, ref sines, 15), 22);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round2(ref T a, ref T b, ref T c, ref T d, ref byte words, ref uint sines)
    {
        a = TLanes.G(a, b, c, d, TLanes.Word(ref words, 1, ref sines, 16), 5);
        d = TLanes.G(d, a, b, c, TLanes.Word(ref words, 6, ref sines, 17), 9);
        c = TLanes.G(c, d, a, b, TLanes.Word(ref words, 11, ref sines, 18), 14);
        b = TLanes.G(b, c, d, a, TLanes.Word(ref words, 0, ref sines, 19), 20);
        a = TLanes.G(a, b, c, d, TLanes.Word(ref words, 5, ref sines, 20), 5);
        d = TLanes.G(d, a, b, c, TLanes.Word(ref words, 10, ref sines, 21), 9);
        c = TLanes.G(c, d, a, b, TLanes.Word(ref words, 15, ref sines, 22), 14);
        b = TLanes.G(b, c, d, a, TLanes.Word(ref words, 4, ref sines, 23), 20);
        a = TLanes.G(a, b, c, d, TLanes.Word(ref words, 9, ref sines, 24), 5);
        d = TLanes.G(d, a, b, c, TLanes.Word(ref words, 14, ref sines, 25), 9);
        c = TLanes.G(c, d, a, b, TLanes.Word(ref words, 3, ref sines, 26), 14);
        b = TLanes.G(b, c, d, a, TLanes.Word(ref words, 8, ref sines, 27), 20);
        a = TLanes.G(a, b, c, d, TLanes.Word(ref words, 13, ref sines, 28), 5);
        d = TLanes.G(d, a, b, c, TLanes.Word(ref words, 2, ref sines, 29), 9);
        c = TLanes.G(c, d, a, b, TLanes.Word(ref words, 7, ref sines, 30), 14);
        b = TLanes.G(b, c, d, a, TLanes.Word(ref words, 12, ref sines, 31), 20);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round3(ref T a, ref T b, ref T c, ref T d, ref byte words, ref uint sines)
    {
        a = TLanes.H(a, b, c, d, TLanes.Word(ref words, 5, ref sines, 32), 4);
        d = TLanes.H(d, a, b, c, TLanes.Word(ref words, 8, ref sines, 33), 11);
        c = TLanes.H(c, d, a, b, TLanes.Word(ref words, 11, ref sines, 34), 16);
        b = TLanes.H(b, c, d, a, TLanes.Word(ref words, 14, ref sines, 35), 23);
        a = TLanes.H(a, b, c, d, TLanes.Word(ref words, 1, ref sines, 36), 4);
        d = TLanes.H(d, a, b, c, TLanes.Word(ref words, 4, ref sines, 37), 11);
        c = TLanes.H(c, d, a, b, TLanes.Word(ref words, 7, ref sines, 38), 16);
        b = TLanes.H(b, c, d, a, TLanes.Word(ref words, 10, ref sines, 39), 23);
        a = TLanes.H(a, b, c, d, TLanes.Word(ref words, 13, ref sines, 40), 4);
        d = TLanes.H(d, a, b, c, TLanes.Word(ref words, 0, ref sines, 41), 11);
        c = TLanes.H(c, d, a, b, TLanes.Word(ref words, 3, ref sines, 42), 16);
        b = TLanes.H(b, c, d, a, TLanes.Word(ref words, 6, ref sines, 43), 23);
        a = TLanes.H(a, b, c, d, TLanes.Word(ref words, 9, ref sines, 44), 4);
        d = TLanes.H(d, a, b, c, TLanes.Word(ref words, 12, ref sines, 45), 11);
        c = TLanes.H(c, d, a, b, TLanes.Word(ref words, 15, ref sines, 46), 16);
        b = TLanes.H(b, c, d, a, TLanes.Word(ref words, 2, ref sines, 47), 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round4(ref T a, ref T b, ref T c, ref T d, ref byte words, ref uint sines)
    {
        a = TLanes.I(a, b, c, d, TLanes.Word(ref words, 0, ref sines, 48), 6);
        d = TLanes.I(d, a, b, c, TLanes.Word(ref words, 7, ref sines, 49), 10);
        c = TLanes.I(c, d, a, b, TLanes.Word(ref words, 14, ref sines, 50), 15);
        b = TLanes.I(b, c, d, a, TLanes.Word(ref words, 5, ref sines, 51), 21);
        a = TLanes.I(a, b, c, d, TLanes.Word(ref words, 12, ref sines, 52), 6);
        d = TLanes.I(d, a, b, c, TLanes.Word(ref words, 3, ref sines, 53), 10);
        c = TLanes.I(c, d, a, b, TLanes.Word(ref words, 10, ref sines, 54), 15);
        b = TLanes.I(b, c, d, a, TLanes.Word(ref words, 1, ref sines, 55), 21);
        a = TLanes.I(a, b, c, d, TLanes.Word(ref words, 8, ref sines, 56), 6);
        d = TLanes.I(d, a, b, c, TLanes.Word(ref words, 15, ref sines, 57), 10);
        c = TLanes.I(c, d, a, b, TLanes.Word(ref words, 6, ref sines, 58), 15);
        b = TLanes.I(b, c, d, a, TLanes.Word(ref words, 13, ref sines, 59), 21);
        a = TLanes.I(a, b, c, d, TLanes.Word(ref words, 4, ref sines, 60), 6);
        d = TLanes.I(d, a, b, c, TLanes.Word(ref words, 11, ref sines, 61), 10);
        c = TLanes.I(c, d, a, b, TLanes.Word(ref words, 2, ref sines, 62), 15);
        b = TLanes.I(b, c, d, a, TLanes.Word(ref words, 9, ref sines, 63), 21);
    }
}
