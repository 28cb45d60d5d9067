using System.Globalization;

namespace OrleansStorage.Bench.Pools;

/// <summary>What to measure, and where.</summary>
internal sealed record BenchOptions(string Directory, long TotalBytes, int Rounds, IReadOnlyList<int> BlobBytes)
{
    public const string Usage =
        "usage: OrleansStorage.Bench.Pools [--directory DIR] [--megabytes TOTAL] [--rounds N] [--blob MIB ...]\n"
        + "  DIR   where the devices are made, in a directory of their own that is removed at the end; default: the system's temp\n"
        + "  TOTAL user data of one row in MiB; default 256";

    /// <exception cref="FormatException">The arguments say nothing that makes sense.</exception>
    public static BenchOptions Parse(string[] args)
    {
        var options = new BenchOptions(Path.GetTempPath(), 256L << 20, 3, []);
        for (var i = 0; i < args.Length; i += 2)
        {
            var value = i + 1 < args.Length ? args[i + 1] : throw new FormatException(Usage);
            options = args[i] switch
            {
                "--directory" => options with { Directory = value },
                "--megabytes" => options with { TotalBytes = Number(value) * 1L << 20 },
                "--rounds" => options with { Rounds = Number(value) },
                "--blob" => options with { BlobBytes = [.. options.BlobBytes, Number(value) << 20] },
                _ => throw new FormatException(Usage),
            };
        }

        return options.BlobBytes.Count > 0 ? options : options with { BlobBytes = [4 << 20, 16 << 20] };
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException(Usage);
}
