using System.Globalization;
using OrleansStorage.Bench.Devices;

namespace OrleansStorage.Bench.Pools;

/// <summary>What each row took in each round.</summary>
internal sealed class Results
{
    private readonly Dictionary<string, List<(double Rate, double Cpu)>> _rows = [];
    private readonly List<string> _order = [];

    public void Add(string row, long bytes, Measured measured)
    {
        if (!_rows.TryGetValue(row, out var rounds))
        {
            _rows.Add(row, rounds = []);
            _order.Add(row);
        }

        rounds.Add((bytes / measured.Seconds / 1e6, measured.CpuSeconds / bytes * 1e9));
    }

    public void Print()
    {
        Console.WriteLine($"{"",-50}{"median",10}{"best",10}{"",6}CPU s/GB, lowest");
        foreach (var row in _order)
        {
            var rates = _rows[row].Select(round => round.Rate).Order().ToList();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{row,-50}{rates[rates.Count / 2],7:N0} MB/s{rates[^1],6:N0} MB/s{_rows[row].Min(round => round.Cpu),12:N2}"));
        }
    }
}
