using System.Globalization;
using OrleansStorage.Erasure;
using OrleansStorage.Erasure.Kernels;

namespace OrleansStorage.Bench.Erasure;

/// <summary>One operation on blobs of several codes and sizes, each path beside ISA-L with the same instructions.</summary>
internal static class CodeBench
{
    private static readonly (int DataCount, int ParityCount)[] CodesMeasured = [(4, 2), (8, 3), (10, 4)];
    private static readonly int[] BlobSizes = [1 << 20, 16 << 20];

    public static void Run(Operation operation)
    {
        Console.WriteLine();
        Console.WriteLine($"{operation,-20}{"instructions",-24}{"here",8}{"ISA-L",8}{"ratio",7}{"copy",8}{"read",8}");
        foreach (var blobSize in BlobSizes)
        {
            foreach (var (dataCount, parityCount) in CodesMeasured)
            {
                Run(operation, dataCount, parityCount, blobSize);
            }
        }
    }

    private static void Run(Operation operation, int dataCount, int parityCount, int blobSize)
    {
        using var work = new Workload(operation, dataCount, parityCount, blobSize);
        var pairs = Pairs().Where(pair => GaloisKernel.IsSupported(pair.Path)).ToArray();
        var actions = new List<Action> { work.Copy, () => work.Read() };
        foreach (var pair in pairs)
        {
            var codec = new ReedSolomonCodec(dataCount, parityCount, pair.Path);
            actions.Add(() => work.Here(codec));
            if (pair.Peer is { } peer)
            {
                actions.Add(() => work.There(peer));
            }
        }

        foreach (var action in actions.Skip(2))
        {
            work.Check(action);
        }

        var rates = Measure.InTurns(blobSize, actions);
        var next = 2;
        foreach (var pair in pairs)
        {
            var here = rates[next++];
            double? there = pair.Peer is null ? null : rates[next++];
            var what = $"{dataCount}+{parityCount}, {blobSize >> 20} MiB";
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{what,-20}{pair.Name,-24}{here,8:F2}{there,8:F2}{here / there,7:F2}{rates[0],8:F2}{rates[1],8:F2}"));
        }
    }

    private static unsafe Pair[] Pairs() =>
    [
        new("fastest of each", GaloisKernel.Fastest, Peer(IsaL.Encode)),
        new("GFNI, AVX", GaloisPath.Affine256, null),
        new("AVX-512", GaloisPath.Shuffle512, Peer(IsaL.EncodeAvx512)),
        new("AVX2", GaloisPath.Shuffle256, Peer(IsaL.EncodeAvx2)),
        new("SSSE3", GaloisPath.Shuffle128, Peer(IsaL.EncodeSse)),
        new("AdvSIMD", GaloisPath.ShuffleArm, null),
        new("table of products", GaloisPath.Table, null),
    ];

    private static IsaLEncode? Peer(IsaLEncode function) => IsaL.IsLoaded ? function : null;

    private sealed record Pair(string Name, GaloisPath Path, IsaLEncode? Peer);
}
