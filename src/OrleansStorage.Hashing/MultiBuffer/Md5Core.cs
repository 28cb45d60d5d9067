using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OrleansStorage.Hashing.MultiBuffer;

/// <summary>The compression function of MD5, for one stream or for several in lock step. Pure.</summary>
internal static unsafe class Md5Core
{
    /// <summary>Most lanes that any processor has.</summary>
    public const int LanesMax = 16;

    /// <summary>Most streams that this processor can advance in lock step; 1 when it has no vectors.</summary>
    public static int Lanes { get; } =
        Md5Lane16.IsSupported ? Md5Lane16.Count
        : Md5Lane8.IsSupported ? Md5Lane8.Count
        : Md5Lane4.IsSupported ? Md5Lane4.Count
        : 1;

    // floor(2^32 |sin(i + 1)|), RFC 1321 section 3.4.
    private static readonly uint[] Sines =
    [
        0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
        0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
        0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
        0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
        0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
        0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
        0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
        0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
    ];

    /// <summary>Advances one state over whole blocks.</summary>
    /// <param name="state">The state to advance.</param>
    /// <param name="blocks">A multiple of <see cref="Md5State.BlockBytes"/>; a rest is not looked at.</param>
    public static void Compress(ref Md5State state, ReadOnlySpan<byte> blocks) =>
        Compress(ref state, blocks, ref MemoryMarshal.GetArrayDataReference(Sines));

    /// <summary>This processor can advance <paramref name="lanes"/> streams in lock step.</summary>
    /// <param name="lanes">A width: 1, 4, 8 or 16.</param>
    public static bool IsSupported(int lanes) => lanes switch
    {
        1 => true,
        4 => Md5Lane4.IsSupported,
        8 => Md5Lane8.IsSupported,
        16 => Md5Lane16.IsSupported,
        _ => false,
    };

    /// <summary>Advances several states, each over its own blocks, with vectors of a given width.</summary>
    /// <param name="states">One state for each of <paramref name="lanes"/>.</param>
    /// <param name="sources">The blocks of each lane; may name the same memory twice.</param>
    /// <param name="lanes">A width that <see cref="IsSupported"/>.</param>
    /// <param name="blocks">Number of blocks, the same for every lane.</param>
    public static void CompressLanes(Md5State* states, byte** sources, int lanes, nuint blocks)
    {
        ref var sines = ref MemoryMarshal.GetArrayDataReference(Sines);
        switch (lanes)
        {
            case 16 when Md5Lane16.IsSupported:
                Md5Vector<Md5Lane16, Vector512<uint>>.Compress(states, sources, blocks, ref sines);
                break;
            case 8 when Md5Lane8.IsSupported:
                Md5Vector<Md5Lane8, Vector256<uint>>.Compress(states, sources, blocks, ref sines);
                break;
            case 4 when Md5Lane4.IsSupported:
                Md5Vector<Md5Lane4, Vector128<uint>>.Compress(states, sources, blocks, ref sines);
                break;
            case 1:
                Compress(ref *states, new ReadOnlySpan<byte>(*sources, checked((int)(blocks * Md5State.BlockBytes))));
                break;
            default:
                throw new PlatformNotSupportedException($"This processor cannot compute {lanes} MD5 lanes.");
        }
    }

    // The constants come as an argument that the JIT cannot see through: it would add a constant last, and so
    // lengthen the one chain of dependent instructions that decides the speed.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Compress(ref Md5State state, ReadOnlySpan<byte> blocks, ref uint sines)
    {
        ref var block = ref MemoryMarshal.GetReference(blocks);
        var (a, b, c, d) = (state.A, state.B, state.C, state.D);
        for (var rest = blocks.Length / Md5State.BlockBytes; rest > 0; rest--)
        {
            Md5Rounds<Md5Lane1, uint>.Apply(ref a, ref b, ref c, ref d, ref block, ref sines);
            block = ref Unsafe.Add(ref block, Md5State.BlockBytes);
        }

        (state.A, state.B, state.C, state.D) = (a, b, c, d);
    }
}
