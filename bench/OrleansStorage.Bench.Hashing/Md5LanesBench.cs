using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OrleansStorage.Hashing.MultiBuffer;

namespace OrleansStorage.Bench.Hashing;

/// <summary>The MD5 compression function at every width, 64 KiB a lane, beside the framework's MD5 (OpenSSL on Linux).</summary>
internal static unsafe class Md5LanesBench
{
    private const int LaneBytes = 64 * 1024;

    [SuppressMessage("Security", "CA5351", Justification = "The peer to compare with.")]
    public static void Run()
    {
        var lanes = Enumerable.Range(0, Md5Core.LanesMax).Select(CreateLane).ToArray();
        var digest = new byte[MD5.HashSizeInBytes];
        var framework = Measure.Throughput(LaneBytes, () => MD5.HashData(lanes[0], digest));
        Measure.Row("MD5, framework, one stream", framework, framework, "framework");
        foreach (var width in Enumerable.Range(1, Md5Core.LanesMax).Where(Md5Core.IsSupported))
        {
            Measure.Row(
                $"MD5, {width} in lock step", Measure.Throughput(width * (long)LaneBytes, () => Compress(lanes, width)),
                framework, "framework");
        }
    }

    private static byte[] CreateLane(int lane)
    {
        // Not all at the same distance, or they would fall into the same few sets of the cache.
        var data = GC.AllocateUninitializedArray<byte>(LaneBytes + (lane * 192), pinned: true);
        new Xorshift((ulong)lane + 1).Fill(data);
        return data;
    }

    private static void Compress(byte[][] lanes, int width)
    {
        var states = stackalloc Md5State[Md5Core.LanesMax];
        var sources = stackalloc byte*[Md5Core.LanesMax];
        for (var lane = 0; lane < width; lane++)
        {
            states[lane] = Md5State.Initial;
            sources[lane] = (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(lanes[lane], 0);
        }

        Md5Core.CompressLanes(states, sources, width, LaneBytes / Md5State.BlockBytes);
    }
}
