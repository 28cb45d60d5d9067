using OrleansStorage.Devices;

namespace OrleansStorage.Pools;

/// <summary>How a <see cref="LocalPool"/> works.</summary>
public sealed class LocalPoolOptions
{
    /// <summary>Incarnation of this process, 1 or more: never used by two processes.</summary>
    public uint Writer { get; set; }

    /// <summary>How long blobs of unknown fate stay in flight after <see cref="Devices.Blobs.IBlobWriteSession.LeaveToSweeper"/>.</summary>
    public TimeSpan SweeperGrace { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Most damaged fragments that wait to be repaired; more are left to the next read or scrub.</summary>
    public int PendingRepairsMax { get; set; } = 1024;

    /// <summary>Most blobs in flight, over all sessions; more writes get <see cref="DeviceBusyException"/>.</summary>
    public int InFlightMax { get; set; } = 1 << 20;

    /// <summary>Time.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Repairs are continued on the thread that asked for them: for simulations with one thread.</summary>
    public bool RunContinuationsInline { get; set; }
}
