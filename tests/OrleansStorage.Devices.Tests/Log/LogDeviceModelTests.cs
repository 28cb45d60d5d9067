using OrleansStorage.Devices.Log;
using OrleansStorage.Devices.Tests.Simulation;
using Xunit;

namespace OrleansStorage.Devices.Tests.Log;

/// <summary>
/// Goal: whatever was acknowledged is there, whole, after any crash; what was deleted stays deleted; and nothing else ever appears.
/// Method: random histories in virtual time on files that lose, tear and reorder what was not synced, against dictionaries.
/// </summary>
public sealed class LogDeviceModelTests
{
    private const int Histories = 40;
    private const int Steps = 400;

    [Fact]
    public void RandomHistories_AgreeWithTheModel()
    {
        var seed = TestSeed.Next();
        var figures = new HistoryFigures();
        for (var i = 0; i < Histories; i++)
        {
            new DeviceHistory(seed + (i * 2), figures).Run(Steps);
        }

        // A generator that never gets somewhere proves nothing about it.
        foreach (var field in typeof(HistoryFigures).GetFields())
        {
            Assert.True((int)field.GetValue(figures)! >= 10, $"seed {seed}: {field.Name} was reached {field.GetValue(figures)} times");
        }
    }

    [Theory]
    [InlineData(PlantedBug.AcknowledgeBeforeSync)]
    [InlineData(PlantedBug.DropTombstones)]
    [InlineData(PlantedBug.RemoveBeforeCopy)]
    [InlineData(PlantedBug.TrustTornTail)]
    internal void PlantedBug_IsFound(PlantedBug bug)
    {
        var seed = TestSeed.Next();
        for (var i = 0; i < Histories; i++)
        {
            try
            {
                new DeviceHistory(seed + (i * 2), new HistoryFigures(), bug).Run(Steps);
            }
            catch (ModelFailureException)
            {
                return;
            }
        }

        Assert.Fail($"seed {seed}: {bug} was not found in {Histories} histories");
    }
}
