using OrleansStorage.Devices.Log;
using Xunit;

namespace OrleansStorage.Devices.Tests.Log;

public sealed class SortedTableTests
{
    [Fact]
    public void RandomChanges_AgreeWithASortedDictionary()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var table = new SortedTable<int, string>();
        var model = new SortedDictionary<int, string>();
        for (var step = 0; step < 20_000; step++)
        {
            var key = random.Next(3) == 0 ? step : random.Next(2_000);
            if (random.Next(3) == 0)
            {
                Assert.True(model.Remove(key) == table.Remove(key), $"seed {seed}, step {step}");
            }
            else
            {
                model[key] = $"{step}";
                table.Set(key, $"{step}");
            }

            if (step % 500 == 0)
            {
                var after = random.Next(2_000);
                var page = new List<KeyValuePair<int, string>>();
                table.CopyAfter(after, 300, page);
                Assert.True(model.SkipWhile(e => e.Key <= after).Take(300).SequenceEqual(page), $"seed {seed}, step {step}");
                Assert.True(model.SequenceEqual(table.All()), $"seed {seed}, step {step}");
            }
        }

        Assert.Equal(model.Count, table.Count);
        Assert.True(model.Count > 2_000, $"seed {seed}: {model.Count} keys");
    }
}
