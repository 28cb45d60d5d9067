namespace OrleansStorage.Conformance.Crash;

/// <summary>What the workload reached, to know that a run proved something.</summary>
internal sealed class CrashCounts
{
    public int Puts;
    public int Deletes;
    public int Copies;
    public int Uploads;
    public int Reads;
    public int Interrupted;
    public int Busy;
    public int UploadsFinishedAfterwards;
    public int KilledWhileStarting;
    public int InterruptedSeen;

    public int Acknowledged => Volatile.Read(ref Puts) + Volatile.Read(ref Deletes) + Volatile.Read(ref Copies) + Volatile.Read(ref Uploads);

    public override string ToString() =>
        $"acknowledged {Puts} puts, {Deletes} deletes, {Copies} copies, {Uploads} uploads; {Reads} reads meanwhile; "
        + $"{Interrupted} writes interrupted, {InterruptedSeen} of them seen afterwards; {Busy} refused as busy; "
        + $"{UploadsFinishedAfterwards} uploads finished after a crash; {KilledWhileStarting} times killed while starting";
}
