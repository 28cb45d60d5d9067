using Xunit;

namespace OrleansStorage.Gateway.Tests.Simulation;

/// <summary>The checker must be able to say no: each history here differs from a good one in one answer.</summary>
public sealed class HistoryCheckerTests
{
    private static Operation Write(long value, long begun, long ended) => new(OperationKind.Write, value, 0, begun, ended);

    private static Operation Read(long value, long begun, long ended) => new(OperationKind.Read, value, 0, begun, ended);

    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(2, false)]
    public void ReadAfterWrite_SeesTheWrite(long seen, bool expected) =>
        Assert.Equal(expected, HistoryChecker.IsLinearizable([Write(1, 0, 1), Read(seen, 2, 3)]));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void ReadDuringWrite_SeesEither(long seen) =>
        Assert.True(HistoryChecker.IsLinearizable([Write(1, 0, 10), Read(seen, 2, 3)]));

    [Fact]
    public void TwoReadsDuringAWrite_DoNotGoBack() => Assert.False(
        HistoryChecker.IsLinearizable([Write(1, 0, 10), Read(1, 2, 3), Read(0, 4, 5)]));

    [Fact]
    public void OpenWrite_MayHappenLateOrNever()
    {
        Assert.True(HistoryChecker.IsLinearizable([Write(1, 0, long.MaxValue), Read(0, 2, 3), Read(1, 4, 5)]));
        Assert.True(HistoryChecker.IsLinearizable([Write(1, 0, long.MaxValue), Read(0, 2, 3), Read(0, 4, 5)]));
        Assert.False(HistoryChecker.IsLinearizable([Write(1, 0, long.MaxValue), Read(1, 2, 3), Read(0, 4, 5)]));
    }

    [Fact]
    public void AcknowledgedWrite_IsNotLost() => Assert.False(
        HistoryChecker.IsLinearizable([Write(1, 0, 1), Write(2, 2, 3), Read(1, 4, 5)]));

    [Fact]
    public void TwoCreations_CannotBothSucceed() => Assert.False(HistoryChecker.IsLinearizable(
        [new(OperationKind.WriteIfNone, 1, 0, 0, 10), new(OperationKind.WriteIfNone, 2, 0, 0, 10)]));

    [Fact]
    public void Refusal_NeedsAReason()
    {
        Assert.False(HistoryChecker.IsLinearizable([new(OperationKind.RefusedAsPresent, 0, 0, 0, 1)]));
        Assert.False(HistoryChecker.IsLinearizable([Write(1, 0, 1), new(OperationKind.RefusedAsOther, 0, 1, 2, 3)]));
    }
}
