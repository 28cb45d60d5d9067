using System.Runtime.CompilerServices;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>The compression function of MD5 for as many streams as a vector has lanes, in lock step.</summary>
internal static unsafe class Md5Vector<TLanes, T>
    where TLanes : struct, IMd5VectorLanes<T>
    where T : unmanaged
{
    private const int WordsPerBlock = 16;

    // A vector that straddles two cache lines costs twice.
    private const nuint AlignmentBytes = 64;

    /// <summary>Advances every lane over its blocks.</summary>
    /// <param name="states">One state for each lane.</param>
    /// <param name="sources">The blocks of each lane; may name the same memory twice.</param>
    /// <param name="blocks">Number of blocks, the same for every lane.</param>
    /// <param name="sines">The 64 constants of the steps.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Compress(Md5State* states, byte** sources, nuint blocks, ref uint sines)
    {
        var space = stackalloc byte[(WordsPerBlock * sizeof(T)) + (int)AlignmentBytes];
        var words = (T*)(((nuint)space + AlignmentBytes - 1) & ~(AlignmentBytes - 1));
        LoadStates(states, words);
        var (a, b, c, d) = (words[0], words[1], words[2], words[3]);
        var end = blocks * Md5State.BlockBytes;
        for (nuint offset = 0; offset < end; offset += Md5State.BlockBytes)
        {
            Transpose(sources, offset, words);
            Transpose(sources, offset + 16, words + 4);
            Transpose(sources, offset + 32, words + 8);
            Transpose(sources, offset + 48, words + 12);
            Md5Rounds<TLanes, T>.Apply(ref a, ref b, ref c, ref d, ref *(byte*)words, ref sines);
        }

        (words[0], words[1], words[2], words[3]) = (a, b, c, d);
        StoreStates(words, states);
    }

    /// <summary>Turns four words of every lane into four vectors with one word of every lane each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(byte** sources, nuint offset, T* words)
    {
        var first = TLanes.Gather(sources, 0, offset);
        var second = TLanes.Gather(sources, 1, offset);
        var third = TLanes.Gather(sources, 2, offset);
        var fourth = TLanes.Gather(sources, 3, offset);
        var low01 = TLanes.ZipLowWords(first, second);
        var high01 = TLanes.ZipHighWords(first, second);
        var low23 = TLanes.ZipLowWords(third, fourth);
        var high23 = TLanes.ZipHighWords(third, fourth);
        words[0] = TLanes.ZipLowPairs(low01, low23);
        words[1] = TLanes.ZipHighPairs(low01, low23);
        words[2] = TLanes.ZipLowPairs(high01, high23);
        words[3] = TLanes.ZipHighPairs(high01, high23);
    }

    // Gather puts the sources 0, 4, 8, 12 into one vector: after the transposition lane i is source i.
    private static void LoadStates(Md5State* states, T* words)
    {
        var target = (uint*)words;
        var count = TLanes.Count;
        for (var lane = 0; lane < count; lane++)
        {
            target[lane] = states[lane].A;
            target[count + lane] = states[lane].B;
            target[(2 * count) + lane] = states[lane].C;
            target[(3 * count) + lane] = states[lane].D;
        }
    }

    private static void StoreStates(T* words, Md5State* states)
    {
        var source = (uint*)words;
        var count = TLanes.Count;
        for (var lane = 0; lane < count; lane++)
        {
            states[lane] = new Md5State
            {
                A = source[lane],
                B = source[count + lane],
                C = source[(2 * count) + lane],
                D = source[(3 * count) + lane],
            };
        }
    }
}
