namespace OrleansStorage.Pools.Tests.Healing.Simulation;

/// <summary>What histories reached, over all of them.</summary>
internal sealed class ChaosFigures
{
    public int Acknowledged;
    public int Deleted;
    public int Abandoned;
    public int LeftToSweeper;
    public int WritesRefused;
    public int Reads;
    public int DegradedReads;
    public int Kills;
    public int Pauses;
    public int LateCalls;
    public int DevicesLost;
    public int FailedSyncs;
    public int Flips;
    public int CutOff;
    public int Filled;
    public int FullCalls;
    public int CorruptReads;
    public int ReturnsInTime;
    public int ReturnsAfterLoss;
    public int Joins;
    public int Drains;
    public int DrainsDone;
    public int SlotsMoved;
    public int Rebuilt;
    public int Dropped;
    public int Swept;
    public int FullyLacking;
    public int HealerRestarts;
    public int Lost;
    public int ReportedLost;

    public override string ToString() => string.Join(
        ", ", typeof(ChaosFigures).GetFields().Select(field => $"{field.Name} {field.GetValue(this)}"));
}
