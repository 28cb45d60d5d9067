using OrleansStorage.Devices.Blobs;
using OrleansStorage.Gateway.Recipes;
using Xunit;

namespace OrleansStorage.Gateway.Tests.Recipes;

public sealed class RecipeTests
{
    [Fact]
    public void Encode_WritesTheBytesOfTheFormat()
    {
        var encoded = Recipe.Encode([new BlobEntry(new BlobId(0x01020304, 0x05060708, 0x090A0B0C0D0E0F10), 0x11223344)]);
        Assert.Equal("010102030405060708090A0B0C0D0E0F1011223344", Convert.ToHexString(encoded!));
    }

    [Fact]
    public void NoBlobs_AreNoRecipe()
    {
        Assert.Null(Recipe.Encode([]));
        Assert.Equal(0, Recipe.Decode(null).SizeBytes);
    }

    [Fact]
    public void IndexOf_FindsTheBlobOfEveryByte()
    {
        var recipe = Recipe.Decode(Recipe.Encode(
            [new(new(1, 1, 1), 3), new(new(1, 1, 2), 1), new(new(1, 1, 3), 5)]));
        Assert.Equal(9, recipe.SizeBytes);
        Assert.Equal([0, 0, 0, 1, 2, 2, 2, 2, 2], Enumerable.Range(0, 9).Select(offset => recipe.IndexOf(offset)));
        Assert.Throws<ArgumentOutOfRangeException>(() => recipe.IndexOf(9));
    }

    [Theory]
    [InlineData("")]
    [InlineData("02")]
    [InlineData("0101")]
    public void Decode_RefusesWhatItDoesNotKnow(string hex) =>
        Assert.Throws<InvalidDataException>(() => Recipe.Decode(Convert.FromHexString(hex)));
}
