namespace OrleansStorage.Pools;

/// <summary>What a pool makes of a device.</summary>
/// <remarks>
/// <code>
/// Online ── does not answer, or answers late ──► Suspect ── for longer than the grace period ──► Lost
///   ▲                                              │
///   └────────────── answers again ◄────────────────┤
///                                                  └── its process has left ──► Offline ── grace period ──► Lost
/// Online, Suspect, Offline ── the operator wants it out ──► Draining ── empty ──► (leaves the pool)
/// any ── its medium failed ──► Lost
/// </code>
/// </remarks>
public enum MemberState
{
    /// <summary>Reads and writes go to it.</summary>
    Online,

    /// <summary>It may be gone: nothing new is written to it, reads try others first.</summary>
    Suspect,

    /// <summary>Its silo is known to be away: as <see cref="Suspect"/>, without trying.</summary>
    Offline,

    /// <summary>It is given up: its slots go to other devices.</summary>
    Lost,

    /// <summary>It is read from while its slots go to other devices; nothing new is written to it.</summary>
    Draining,
}
