using System.Globalization;

namespace OrleansStorage.Bench.Metadata;

/// <summary>What is measured, and how long.</summary>
/// <param name="Names">Benchmarks to run; none for all.</param>
/// <param name="Rows">Rows that lie in the objects table before reads are measured.</param>
/// <param name="Seconds">How long each row of the result is measured.</param>
internal sealed record BenchOptions(IReadOnlyList<string> Names, int Rows, double Seconds)
{
    public static BenchOptions Parse(string[] arguments)
    {
        var (names, rows, seconds) = (new List<string>(), 1_000_000, 3.0);
        for (var i = 0; i < arguments.Length; i++)
        {
            switch (arguments[i])
            {
                case "--rows":
                    rows = int.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                case "--seconds":
                    seconds = double.Parse(arguments[++i], CultureInfo.InvariantCulture);
                    break;
                default:
                    names.Add(arguments[i]);
                    break;
            }
        }

        return new BenchOptions(names, rows, seconds);
    }

    public bool Runs(string name) => Names.Count == 0 || Names.Contains(name);
}
