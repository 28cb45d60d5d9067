using System.Globalization;
using OrleansStorage.Hashing;
using OrleansStorage.Hashing.Checksums;

namespace OrleansStorage.Bench.Hashing;

/// <summary>Every path of every CRC on 64 KiB, beside slicing by 8; then the chosen path by size.</summary>
internal static class CrcBench
{
    private const int BlockBytes = 64 * 1024;
    private static readonly int[] Sizes = [16, 64, 256, 1024, 4096, 16 * 1024, BlockBytes];

    public static void Run()
    {
        var data = new byte[BlockBytes];
        new Xorshift(1).Fill(data);
        Paths("CRC-32C", Crc32C.IsSupported, path => Crc32C.Append(0, data, path));
        Paths("CRC-32", Crc32.IsSupported, path => Crc32.Append(0, data, path));
        Paths("CRC-64/NVME", Crc64Nvme.IsSupported, path => Crc64Nvme.Append(0, data, path));
        foreach (var size in Sizes)
        {
            // Small inputs many times a call, so that the delegate does not count.
            var repeats = BlockBytes / size;
            var castagnoli = Measure.Throughput(BlockBytes, () => Repeat(repeats, () => Crc32C.Append(0, data.AsSpan(0, size))));
            var nvme = Measure.Throughput(BlockBytes, () => Repeat(repeats, () => Crc64Nvme.Append(0, data.AsSpan(0, size))));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{size,6} bytes: CRC-32C {castagnoli,6:F2} GB/s, {size / castagnoli,7:F1} ns; CRC-64/NVME {nvme,6:F2} GB/s, {size / nvme,7:F1} ns"));
        }
    }

    private static void Paths(string name, Func<CrcPath, bool> isSupported, Func<CrcPath, ulong> append)
    {
        var table = 0.0;
        foreach (var path in Enum.GetValues<CrcPath>().Where(isSupported))
        {
            var rate = Measure.Throughput(BlockBytes, () => append(path));
            table = path == CrcPath.Table ? rate : table;
            Measure.Row($"{name}, {path}", rate, table, "slicing by 8");
        }
    }

    private static void Repeat<T>(int count, Func<T> action)
    {
        for (var i = 0; i < count; i++)
        {
            action();
        }
    }
}
