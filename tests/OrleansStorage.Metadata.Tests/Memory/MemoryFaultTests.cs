using OrleansStorage.Metadata.Memory;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Metadata.Tests.Simulation;
using Xunit;
using static OrleansStorage.Metadata.Tests.TestRows;

namespace OrleansStorage.Metadata.Tests.Memory;

/// <summary>Delays and faults of the memory store, in virtual time.</summary>
public sealed class MemoryFaultTests
{
    private readonly SimulatedWorld _world = new(TestSeed.Create(1));
    private readonly SimulatedNode _node;
    private CommitFault _fault;

    public MemoryFaultTests() => _node = _world.AddNode("n");

    [Theory]
    [InlineData(CommitFault.None, null, true)]
    [InlineData(CommitFault.Refused, false, false)]
    [InlineData(CommitFault.RequestLost, true, false)]
    [InlineData(CommitFault.AnswerLost, true, true)]
    [InlineData(CommitFault.CommittedLate, true, true)]
    public void Fault_SaysWhatTheCallerLearnsAndWhatHappens(CommitFault fault, bool? outcomeUnknown, bool isCommitted)
    {
        var store = NewStore(delay: TimeSpan.Zero);
        _fault = fault;

        var commit = Start(store, "a");
        _world.RunFor(TimeSpan.FromMilliseconds(1));
        if (fault == CommitFault.CommittedLate)
        {
            Assert.True(commit.IsFaulted);
            Assert.Null(Find(store, "a"));
        }

        _world.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(isCommitted, Find(store, "a") is not null);
        Assert.Equal(outcomeUnknown, outcomeUnknown is null ? null : Assert.Throws<MetadataUnavailableException>(() => _world.Await(commit)).OutcomeUnknown);
    }

    [Fact]
    public void LateCommit_IsStillFenced()
    {
        var store = NewStore(delay: TimeSpan.Zero);
        _fault = CommitFault.CommittedLate;
        var late = _node.Start(() => store.CommitAsync(
            new MetadataTransaction().Fence("x", 0).Put(Schema.Objects, Object(1, "a")), default));
        _world.RunFor(TimeSpan.FromMilliseconds(1));
        _fault = CommitFault.None;
        _world.Await(_node.Start(() => store.CommitAsync(new MetadataTransaction().Put(Schema.Owners, Owner("x", 1)), default)));

        _world.RunFor(TimeSpan.FromSeconds(10));

        Assert.Null(Find(store, "a"));
        Assert.True(late.IsFaulted);
    }

    [Fact]
    public void Crash_FailsWhatIsNotAnswered_AndLosesNothingAcknowledged()
    {
        var (unknown, committed) = (0, 0);
        for (var i = 0; i < 50; i++)
        {
            var store = NewStore(TimeSpan.FromMilliseconds(100));
            _world.Await(Start(store, "before"));
            var commit = Start(store, "a");
            _world.RunFor(TimeSpan.FromMilliseconds(60));
            var wasAnswered = commit.IsCompleted;
            store.Crash();
            _world.RunFor(TimeSpan.FromSeconds(1));

            Assert.NotNull(Find(store, "before"));
            Assert.Equal(wasAnswered, commit.IsCompletedSuccessfully);
            Assert.True(!wasAnswered || Find(store, "a") is not null);
            unknown += wasAnswered ? 0 : 1;
            committed += !wasAnswered && Find(store, "a") is not null ? 1 : 0;
        }

        Assert.True(committed > 0 && unknown > committed, $"{unknown} unknown, {committed} of them committed");
    }

    [Fact]
    public void CancelledCall_IsNotCommitted_UnlessItHasHappened()
    {
        var (cancelled, committed) = (0, 0);
        for (var i = 0; i < 50; i++)
        {
            var store = NewStore(TimeSpan.FromMilliseconds(100));
            using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(50), _node.Clock);
            var commit = _node.Start(() => store.CommitAsync(
                new MetadataTransaction().Put(Schema.Objects, Object(1, "a")), cancellation.Token));
            _world.RunFor(TimeSpan.FromSeconds(1));

            Assert.Equal(commit.IsCompletedSuccessfully, Find(store, "a") is not null);
            (cancelled, committed) = commit.IsCompletedSuccessfully ? (cancelled, committed + 1) : (cancelled + 1, committed);
        }

        Assert.True(cancelled > 5 && committed > 5, $"{cancelled} cancelled, {committed} committed");
    }

    [Fact]
    public void DelaysWithoutRandom_AreRefused()
    {
        Assert.Throws<ArgumentException>(() =>
            new MemoryMetadataStore(new MemoryMetadataStoreOptions { CommitDelayMax = TimeSpan.FromSeconds(1) }));
    }

    private MemoryMetadataStore NewStore(TimeSpan delay) => new(new MemoryMetadataStoreOptions
    {
        TimeProvider = _node.Clock,
        Random = TestSeed.Create((int)_world.NowTicks),
        CommitDelayMax = delay,
        ReadDelayMax = delay,
        CommitFaults = _ => _fault,
    });

    private Task<bool> Start(MemoryMetadataStore store, string key) =>
        _node.Start(() => store.CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, key)), default));

    private ObjectRow? Find(MemoryMetadataStore store, string key) =>
        _world.Await(_node.Start(() => store.FindAsync(Schema.Objects, Key(1, key), default)));
}
