using System.Text;
using Xunit;

namespace OrleansStorage.Hashing.Tests;

public sealed class Md5StreamTests
{
    // RFC 1321, appendix A.5.
    [Theory]
    [InlineData("", "D41D8CD98F00B204E9800998ECF8427E")]
    [InlineData("a", "0CC175B9C0F1B6A831C399E269772661")]
    [InlineData("abc", "900150983CD24FB0D6963F7D28E17F72")]
    [InlineData("message digest", "F96B697D7CB7938D525A2F31AAF161D0")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "C3FCD3D76192E4007DFB496CCA67E13B")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "D174AB98D277D9F5A5611C2C9F419D9F")]
    [InlineData(
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "57EDF4A22BE3C955AC49DA2E2107B67A")]
    public void Digest_IsThePublishedOne(string text, string expected)
    {
        using var engine = new Md5Engine();
        using var stream = engine.CreateStream();
        var digest = new byte[16];

        stream.Append(Encoding.ASCII.GetBytes(text));
        stream.Finish(digest);

        Assert.Equal(expected, Convert.ToHexString(digest));
    }

    [Fact]
    public void EveryShortLength_AgreesWithTheFramework()
    {
        using var engine = new Md5Engine();
        var seed = TestSeed.Next();
        var data = new byte[300];
        TestSeed.Create(seed).NextBytes(data);
        var digest = new byte[16];
        for (var length = 0; length <= data.Length; length++)
        {
            using var stream = engine.CreateStream();
            stream.Append(data.AsSpan(0, length));
            stream.Finish(digest);
            Assert.True(ReferenceMd5.Of(data.AsSpan(0, length)).AsSpan().SequenceEqual(digest), $"seed {seed}, {length} bytes");
        }
    }

    [Fact]
    public async Task RandomSplits_AgreeWithTheFramework()
    {
        using var engine = new Md5Engine();
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var data = new byte[200_000];
        random.NextBytes(data);
        var digest = new byte[16];
        for (var round = 0; round < 60; round++)
        {
            using var stream = engine.CreateStream();
            var length = random.Next(data.Length);
            for (var offset = 0; offset < length;)
            {
                var count = Math.Min(random.Next(1 << random.Next(17)), length - offset);
                if (random.Next(3) == 0)
                {
                    stream.Append(data.AsSpan(offset, count));
                }
                else
                {
                    await stream.AppendAsync(data.AsMemory(offset, count), CancellationToken.None);
                }

                offset += count;
            }

            stream.Finish(digest);
            Assert.True(ReferenceMd5.Of(data.AsSpan(0, length)).AsSpan().SequenceEqual(digest), $"seed {seed}, {length} bytes");
        }
    }
}
