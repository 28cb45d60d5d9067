using OrleansStorage.Pools.Healing;
using Xunit;

namespace OrleansStorage.Pools.Tests.Healing;

public sealed class MemberWatchTests
{
    private static readonly TimeSpan s_fast = TimeSpan.FromMilliseconds(2);

    private readonly MemberWatch _watch = new(new MemberWatchOptions());
    private readonly Guid[] _devices = [.. Enumerable.Range(1, 6).Select(i => new Guid(i, 0, 0, new byte[8]))];
    private TimeSpan _now;

    public MemberWatchTests()
    {
        foreach (var device in _devices)
        {
            _watch.Add(device, MemberState.Online, _now);
        }
    }

    private Guid Device => _devices[0];

    [Fact]
    public void Silence_MakesItSuspect_AndAfterTheGracePeriodLost()
    {
        Assert.Empty(Probe(2, MemberObservation.NoAnswer));
        Assert.Equal([new(Device, MemberState.Online, MemberState.Suspect, MemberReason.NoAnswer)], Probe(1, MemberObservation.NoAnswer));
        Assert.Empty(Probe(596, MemberObservation.NoAnswer));
        Assert.Equal(
            [new(Device, MemberState.Suspect, MemberState.Lost, MemberReason.GracePeriodOver)], Probe(1, MemberObservation.NoAnswer));
    }

    [Fact]
    public void Suspect_ThatAnswers_IsOnlineAtOnce()
    {
        Probe(5, MemberObservation.NoAnswer);

        Assert.Equal([new(Device, MemberState.Suspect, MemberState.Online, MemberReason.AnswersAgain)], Probe(1, Answer(s_fast)));
        Assert.Empty(Probe(2, MemberObservation.NoAnswer));
    }

    [Fact]
    public void ProcessThatLeft_IsOfflineAtOnce_AndLostAfterTheGracePeriod_OrBack()
    {
        Assert.Equal(
            [new(Device, MemberState.Online, MemberState.Offline, MemberReason.ProcessLeft)], Probe(1, MemberObservation.ProcessLeft));
        Assert.Equal([new(Device, MemberState.Offline, MemberState.Online, MemberReason.AnswersAgain)], Probe(1, Answer(s_fast)));
        Probe(4, MemberObservation.NoAnswer);
        Assert.Equal(
            [new(Device, MemberState.Suspect, MemberState.Offline, MemberReason.ProcessLeft)], Probe(1, MemberObservation.ProcessLeft));
        Assert.Equal(
            [new(Device, MemberState.Offline, MemberState.Lost, MemberReason.GracePeriodOver)],
            Probe(595, MemberObservation.ProcessLeft));
    }

    [Fact]
    public void Lost_ThatAnswers_IsANewMember()
    {
        Probe(600, MemberObservation.NoAnswer);

        Assert.Equal([new(Device, MemberState.Lost, MemberState.Online, MemberReason.ReturnedAfterLoss)], Probe(1, Answer(s_fast)));
    }

    [Fact]
    public void FailedMedium_IsLostAtOnce_AndReturnsOnlyByTheOperator()
    {
        Assert.Equal(
            [new(Device, MemberState.Online, MemberState.Lost, MemberReason.MediumFailed)], Probe(1, MemberObservation.MediumFailed));
        Assert.Empty(Probe(100, Answer(s_fast)));

        Assert.Equal(new(Device, MemberState.Lost, MemberState.Suspect, MemberReason.Readmitted), _watch.Readmit(Device, _now));
        Assert.Equal([new(Device, MemberState.Suspect, MemberState.Online, MemberReason.AnswersAgain)], Probe(1, Answer(s_fast)));
        Assert.Null(_watch.Readmit(Device, _now));
    }

    [Fact]
    public void Draining_ThatFallsSilentAndReturns_IsStillDraining()
    {
        Assert.Equal(
            new(Device, MemberState.Online, MemberState.Draining, MemberReason.DrainAsked), _watch.SetDraining(Device, isDraining: true));
        Assert.Equal([new(Device, MemberState.Draining, MemberState.Suspect, MemberReason.NoAnswer)], Probe(3, MemberObservation.NoAnswer));
        Assert.Equal([new(Device, MemberState.Suspect, MemberState.Draining, MemberReason.AnswersAgain)], Probe(1, Answer(s_fast)));
        Assert.Equal(
            new(Device, MemberState.Draining, MemberState.Online, MemberReason.DrainCancelled),
            _watch.SetDraining(Device, isDraining: false));
        Assert.Equal(
            new(Device, MemberState.Online, MemberState.Lost, MemberReason.DeclaredLost), _watch.DeclareLost(Device, _now));
    }

    [Fact]
    public void SlowDevice_IsSuspect_UntilItIsAsFastAsTheOthers()
    {
        Assert.Empty(Probe(9, Answer(TimeSpan.FromMilliseconds(500)), Answer(s_fast)));
        Assert.Equal(
            [new(Device, MemberState.Online, MemberState.Suspect, MemberReason.Slow)],
            Probe(2, Answer(TimeSpan.FromMilliseconds(500)), Answer(s_fast)));
        Assert.Empty(Probe(9, Answer(s_fast), Answer(s_fast)));
        Assert.Equal(
            [new(Device, MemberState.Suspect, MemberState.Online, MemberReason.AnswersAgain)],
            Probe(2, Answer(s_fast), Answer(s_fast)));
    }

    [Fact]
    public void DevicesThatAreAllSlow_AreNotSuspect() =>
        Assert.Empty(Probe(60, Answer(TimeSpan.FromSeconds(1)), Answer(TimeSpan.FromSeconds(1))));

    [Fact]
    public void FlappingDevice_HasToAnswerLongerEachTime()
    {
        var needed = new List<int>();
        for (var flap = 0; flap < 9; flap++)
        {
            Probe(3, MemberObservation.NoAnswer);
            var answers = 0;
            while (_watch.StateOf(Device) != MemberState.Online)
            {
                answers++;
                Probe(1, Answer(s_fast));
            }

            needed.Add(answers);
        }

        Assert.Equal([1, 2, 4, 8, 16, 32, 60, 60, 60], needed);
        Probe(400, Answer(s_fast));
        Probe(3, MemberObservation.NoAnswer);
        Assert.Single(Probe(1, Answer(s_fast)));
    }

    [Fact]
    public void OneWhoWasPausedHimself_DoesNotHoldItAgainstDevices()
    {
        Probe(1, Answer(s_fast));
        _now += TimeSpan.FromHours(1);

        // An hour without asking is not an hour without an answer.
        var transitions = Probe(1, MemberObservation.NoAnswer);

        Assert.Equal([new(Device, MemberState.Online, MemberState.Suspect, MemberReason.NoAnswer)], transitions);
        Assert.Empty(Probe(500, MemberObservation.NoAnswer));
    }

    [Fact]
    public void OneWhoIsCutOff_GivesUpNobody()
    {
        var transitions = Probe(2_000, MemberObservation.NoAnswer, MemberObservation.NoAnswer);

        Assert.Equal(_devices.Length, transitions.Count);
        Assert.All(transitions, transition => Assert.Equal(MemberState.Suspect, transition.To));
    }

    private static MemberObservation Answer(TimeSpan latency) => MemberObservation.Answered(latency);

    private List<MemberTransition> Probe(int times, MemberObservation observation) => Probe(times, observation, null);

    private List<MemberTransition> Probe(int times, MemberObservation first, MemberObservation? others)
    {
        var transitions = new List<MemberTransition>();
        for (var i = 0; i < times; i++)
        {
            _now += TimeSpan.FromSeconds(1);
            Add(transitions, _watch.Observe(Device, first, _now));
            foreach (var other in _devices.Skip(1).Where(_ => others is not null))
            {
                Add(transitions, _watch.Observe(other, others!.Value, _now));
            }
        }

        return transitions;
    }

    private static void Add(List<MemberTransition> transitions, MemberTransition? transition)
    {
        if (transition is not null)
        {
            transitions.Add(transition);
        }
    }
}
