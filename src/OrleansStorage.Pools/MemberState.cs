namespace OrleansStorage.Pools;

/// <summary>What a pool makes of a device.</summary>
/// <remarks>
/// <code>
/// Online ── does not answer, or answers late ──► Suspect ── for longer than the grace period ──► Lost
///   ▲                                              │
///   ├────────────── answers again ◄────────────────┤
///   │                                              └── its process has left ──► Offline ── grace period ──► Lost
///   └── answers after it was given up, as a new member; after its medium failed only when the operator says so ◄── Lost
/// Online ── the operator wants it out ──► Draining ── empty ──► (leaves the pool)
/// Draining ── does not answer ──► Suspect, as above, and back to Draining
/// any ── its medium failed, or the operator gives it up ──► Lost
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

    /// <summary>It is given up: its slots go to other devices. What still lies on it for a slot that is not its own any more is dropped when it returns.</summary>
    Lost,

    /// <summary>It is read from while its slots go to other devices; nothing new is written to it.</summary>
    Draining,
}
