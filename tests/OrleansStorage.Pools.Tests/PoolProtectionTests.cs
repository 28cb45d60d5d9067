using System.Globalization;
using Xunit;

namespace OrleansStorage.Pools.Tests;

public sealed class PoolProtectionTests
{
    [Theory]
    [InlineData("mirror:1", 1, 0, 1.0)]
    [InlineData("mirror:3", 3, 2, 3.0)]
    [InlineData("mirror:16", 16, 15, 16.0)]
    [InlineData("rs:2+1", 3, 1, 1.5)]
    [InlineData("rs:4+2", 6, 2, 1.5)]
    [InlineData("rs:32+16", 48, 16, 1.5)]
    public void Text_IsRead_AndWrittenAlike(string text, int slots, int lossesMax, double overhead)
    {
        var protection = PoolProtection.Parse(text);

        Assert.Equal((slots, lossesMax, overhead), (protection.Slots, protection.LossesMax, protection.Overhead));
        Assert.Equal(text, protection.ToString());
        Assert.True(PoolProtection.TryParse(text, out var again));
        Assert.Equal(protection, again);
        var created = protection.CreateProtection(new PoolMembers(), new ProtectionOptions());
        Assert.Equal((slots, lossesMax), (created.Slots, created.LossesMax));
        Assert.Equal(protection.IsMirror, created is MirrorProtection);
    }

    [Theory]
    [InlineData("", "write mirror:K")]
    [InlineData("rs", "write mirror:K")]
    [InlineData("Mirror:3", "write mirror:K")]
    [InlineData("mirror:", "1 to 16")]
    [InlineData("mirror:0", "1 to 16")]
    [InlineData("mirror:17", "1 to 16")]
    [InlineData("mirror:-1", "1 to 16")]
    [InlineData("mirror:03", "1 to 16")]
    [InlineData("mirror:99999999999", "1 to 16")]
    [InlineData("rs:4", "rs:N+M")]
    [InlineData("rs:4+2+1", "rs:N+M")]
    [InlineData("rs:1+2", "N in rs:N+M is 2 to 32")]
    [InlineData("rs:33+2", "N in rs:N+M is 2 to 32")]
    [InlineData("rs: 4+2", "N in rs:N+M is 2 to 32")]
    [InlineData("rs:4+0", "M in rs:N+M is 1 to 16")]
    [InlineData("rs:4+", "M in rs:N+M is 1 to 16")]
    [InlineData("rs:4+17", "M in rs:N+M is 1 to 16")]
    public void TextThatIsNone_IsRefused_WithTheReason(string text, string reason)
    {
        var error = Assert.Throws<FormatException>(() => PoolProtection.Parse(text));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{text}'", error.Message, StringComparison.Ordinal);
        Assert.False(PoolProtection.TryParse(text, out _));
    }

    [Fact]
    public void Default_IsOneCopy()
    {
        Assert.Equal(PoolProtection.Mirror(1), default);
        Assert.Equal("mirror:1", default(PoolProtection).ToString());
        Assert.Equal("rs:4+2", string.Create(CultureInfo.InvariantCulture, $"{PoolProtection.ReedSolomon(4, 2)}"));
    }
}
