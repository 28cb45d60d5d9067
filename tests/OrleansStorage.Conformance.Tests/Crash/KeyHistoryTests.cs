using Xunit;

namespace OrleansStorage.Conformance.Crash;

/// <summary>The model must be able to object: each case plants what a broken store would show.</summary>
[Trait("Category", "Conformance")]
public sealed class KeyHistoryTests
{
    private static readonly ObjectState s_one = ObjectState.Of([1]);
    private static readonly ObjectState s_two = ObjectState.Of([2, 2]);

    private readonly LogicalClock _clock = new();
    private readonly KeyHistory _history;

    public KeyHistoryTests() => _history = new KeyHistory("key", _clock);

    [Fact]
    public void AcknowledgedWrite_MayNotBeLost()
    {
        _history.Acknowledge(_history.Begin(s_one));

        Assert.Null(ObjectionNow(s_one));
        Assert.Contains("is absent, and may only be 1 bytes", ObjectionNow(null), StringComparison.Ordinal);
    }

    [Fact]
    public void OlderState_MayNotComeBack()
    {
        _history.Acknowledge(_history.Begin(s_one));
        _history.Acknowledge(_history.Begin(s_two));

        Assert.NotNull(ObjectionNow(s_one));
        Assert.Null(ObjectionNow(s_two));
    }

    [Fact]
    public void AcknowledgedDelete_MayNotBeUndone()
    {
        _history.Acknowledge(_history.Begin(s_one));
        _history.Acknowledge(_history.Begin(null));

        Assert.NotNull(ObjectionNow(s_one));
        Assert.Null(ObjectionNow(null));
    }

    [Fact]
    public void UnacknowledgedWrite_MayHaveHappenedOrNot_ButNotByHalf()
    {
        _history.Acknowledge(_history.Begin(s_one));
        _history.Begin(s_two);

        Assert.Null(ObjectionNow(s_one));
        Assert.Null(ObjectionNow(s_two));
        Assert.NotNull(ObjectionNow(null));
        Assert.NotNull(ObjectionNow(ObjectState.Of([2])));
    }

    [Fact]
    public void OverlappingWrites_MayEndInEitherOrder()
    {
        var first = _history.Begin(s_one);
        var second = _history.Begin(s_two);
        _history.Acknowledge(second);
        _history.Acknowledge(first);

        Assert.Null(ObjectionNow(s_one));
        Assert.Null(ObjectionNow(s_two));
        Assert.NotNull(ObjectionNow(null));
    }

    [Fact]
    public void ReadDuringAWrite_MaySeeBoth()
    {
        var began = _clock.Tick();
        _history.Acknowledge(_history.Begin(s_one));
        var ended = _clock.Tick();

        Assert.Null(_history.Objection(null, began, ended));
        Assert.Null(_history.Objection(s_one, began, ended));
        Assert.NotNull(_history.Objection(s_one, began, began));
    }

    [Fact]
    public void SettledState_IsAllThatMayBeSeen()
    {
        _history.Begin(s_two);
        _history.Settle(s_one);

        Assert.Null(ObjectionNow(s_one));
        Assert.NotNull(ObjectionNow(s_two));
        Assert.NotNull(ObjectionNow(null));
    }

    [Fact]
    public void RefusedWrite_MayNotBeSeen()
    {
        _history.Refuse(_history.Begin(s_one));

        Assert.NotNull(ObjectionNow(s_one));
        Assert.Null(ObjectionNow(null));
    }

    private string? ObjectionNow(ObjectState? seen) => _history.Objection(seen, _clock.Tick(), _clock.Tick());
}
