using OrleansStorage.Abstractions;
using OrleansStorage.Abstractions.Objects;
using Xunit;

namespace OrleansStorage.Grains.Buckets.Tests;

public sealed class WriteGuardRulesTests
{
    private static readonly ObjectEntry Current = new()
    {
        SizeBytes = 5,
        ETag = "abc",
        ModifiedMs = 7_999,
        OwnerId = "me",
    };

    [Fact]
    public void NoCondition_HoldsAlways()
    {
        Assert.Equal(IndexOutcome.Done, WriteGuardRules.Check(WriteGuard.None, Current));
        Assert.Equal(IndexOutcome.Done, WriteGuardRules.Check(WriteGuard.None, null));
    }

    [Theory]
    [InlineData("abc", IndexOutcome.Done)]
    [InlineData("*", IndexOutcome.Done)]
    [InlineData("abd", IndexOutcome.PreconditionFailed)]
    public void IfMatch_ComparesWithTheCurrentObject(string etag, IndexOutcome expected) =>
        Assert.Equal(expected, WriteGuardRules.Check(WriteGuard.None with { IfMatch = etag }, Current));

    [Theory]
    [InlineData("abc", IndexOutcome.PreconditionFailed)]
    [InlineData("*", IndexOutcome.PreconditionFailed)]
    [InlineData("abd", IndexOutcome.Done)]
    public void IfNoneMatch_ComparesWithTheCurrentObject(string etag, IndexOutcome expected) =>
        Assert.Equal(expected, WriteGuardRules.Check(WriteGuard.None with { IfNoneMatch = etag }, Current));

    [Fact]
    public void IfMatch_WithoutObject_IsNoSuchKey()
    {
        Assert.Equal(IndexOutcome.NoSuchKey, WriteGuardRules.Check(WriteGuard.None with { IfMatch = "*" }, null));
        Assert.Equal(IndexOutcome.NoSuchKey, WriteGuardRules.Check(WriteGuard.None with { IfSizeBytes = 5 }, null));
    }

    [Fact]
    public void IfNoneMatch_WithoutObject_Holds() =>
        Assert.Equal(IndexOutcome.Done, WriteGuardRules.Check(WriteGuard.None with { IfNoneMatch = "*" }, null));

    [Fact]
    public void SizeAndTime_CompareWithTheCurrentObject()
    {
        Assert.Equal(IndexOutcome.Done, WriteGuardRules.Check(new WriteGuard(null, null, 7, 5), Current));
        Assert.Equal(IndexOutcome.PreconditionFailed, WriteGuardRules.Check(new WriteGuard(null, null, 8, 5), Current));
        Assert.Equal(IndexOutcome.PreconditionFailed, WriteGuardRules.Check(new WriteGuard(null, null, 7, 6), Current));
    }
}
