using OrleansStorage.Devices.Blobs;
using Xunit;

namespace OrleansStorage.Pools.Tests;

public sealed class BlobFormTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(64, 1)]
    [InlineData(16 << 20, 77)]
    [InlineData(((1 << 19) - 1) * 64, (1L << 44) - 1)]
    public void Id_SaysTheForm(int fragmentBytes, long number)
    {
        var form = new BlobForm(fragmentBytes, (ulong)number);
        var id = form.ToId(group: 5, writer: 9);
        Assert.Equal(form, BlobForm.Of(id));
        Assert.Equal((5u, 9u), (id.Group, id.Writer));
        Assert.Equal(fragmentBytes > 0, form.IsStriped);
    }

    [Theory]
    [InlineData(63, 1)]
    [InlineData(-64, 1)]
    [InlineData((1 << 19) * 64, 1)]
    [InlineData(64, 1L << 44)]
    public void ImpossibleForm_IsRefused(int fragmentBytes, long number) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BlobForm(fragmentBytes, (ulong)number).ToId(1, 1));

    [Fact]
    public void CopiesOfOneWriter_AreNumberedAsBefore() =>
        Assert.Equal(new BlobId(1, 2, 3), new BlobForm(0, 3).ToId(1, 2));
}
