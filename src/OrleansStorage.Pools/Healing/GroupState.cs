namespace OrleansStorage.Pools.Healing;

/// <summary>What a <see cref="PoolHealer"/> remembers of a group.</summary>
internal sealed class GroupState(GroupHealer healer)
{
    public GroupHealer Healer { get; } = healer;

    /// <summary>Result of the last pass.</summary>
    public GroupPass? Last { get; private set; }

    /// <summary>A pass is due.</summary>
    public bool IsDirty { get; private set; } = true;

    /// <summary>Somebody works on it.</summary>
    public bool IsActive { get; set; }

    /// <summary>Nothing is tried before.</summary>
    public TimeSpan NotBefore { get; set; }

    /// <summary>When it was last compared.</summary>
    public TimeSpan VerifiedAt { get; private set; }

    /// <summary>When all devices of the pool were last taken for such as may have fragments of it.</summary>
    public TimeSpan AllLookedAt { get; set; }

    /// <summary>Slots that were given to other devices and not seen filled since.</summary>
    public HashSet<int> NewSlots { get; } = [];

    /// <summary>Devices that had no room for their slot in the last pass.</summary>
    public IReadOnlyList<Guid> Full { get; private set; } = [];

    private int _events;

    /// <summary>Something happened that only a pass can tell the effect of.</summary>
    public void Touch()
    {
        Healer.LookAnew();
        IsDirty = true;
        NotBefore = TimeSpan.Zero;
        _events++;
    }

    public int Begin()
    {
        IsActive = true;
        return _events;
    }

    public void End(int begin, GroupPass pass, TimeSpan now, TimeSpan retryAfter)
    {
        IsActive = false;
        Last = pass;
        Full = pass.Full;
        VerifiedAt = now;
        if (pass.Outlook == GroupOutlook.Clean)
        {
            NewSlots.Clear();
        }

        if (_events != begin)
        {
            return;
        }

        IsDirty = pass.Outlook is GroupOutlook.Again or GroupOutlook.Retry;
        NotBefore = pass.Outlook == GroupOutlook.Retry ? now + retryAfter : TimeSpan.Zero;
    }
}
