using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>
/// Goal: parity that is brought up to date is the parity of the new data, and Verify finds whatever is wrong.
/// Method: encoding again; every bit of small codes flipped, random bits of longer fragments.
/// </summary>
public sealed class UpdateAndVerifyTests
{
    public static TheoryData<string> PathNames => Codes.PathNames;

    [Theory]
    [MemberData(nameof(PathNames))]
    public void UpdatedParity_IsTheParityOfTheNewData(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        foreach (var (n, m) in new[] { (1, 1), (4, 2), (8, 3), (10, 4), (5, 9), (40, 3), (3, 0) })
        {
            var codec = new ReedSolomonCodec(n, m, Codes.Parse(path));
            foreach (var length in Codes.Lengths)
            {
                var data = Codes.RandomFragments(random, n, length);
                var parity = new ReferenceCode(n, m).Encode(data)[n..].Select(bytes => new Guarded(random, bytes)).ToArray();
                var together = new Guarded(random, parity.SelectMany(fragment => fragment.Memory.ToArray()).ToArray());
                var changed = random.Next(n);
                var before = data[changed];
                data[changed] = Codes.RandomFragments(random, 1, length)[0];

                codec.UpdateParity(changed, before, data[changed], Codes.Writable(parity));
                codec.UpdateParity(changed, before, data[changed], together.Span);

                var expected = new ReferenceCode(n, m).Encode(data)[n..].SelectMany(bytes => bytes).ToArray();
                var context = $"{path}, seed {seed}: ({n}, {m}), {length} bytes, fragment {changed}";
                Assert.True(parity.SelectMany(fragment => fragment.Memory.ToArray()).SequenceEqual(expected), context);
                Assert.True(together.Span.SequenceEqual(expected), context);
                Assert.True(together.IsIntact && parity.All(fragment => fragment.IsIntact), context);
            }
        }
    }

    [Fact]
    public void UpdateOfARange_ChangesThatRangeOfParityOnly()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var codec = new ReedSolomonCodec(4, 2);
        var data = Codes.RandomFragments(random, 4, 500);
        var parity = new ReferenceCode(4, 2).Encode(data)[4..];
        var before = data[2].AsSpan(100, 77).ToArray();
        random.NextBytes(data[2].AsSpan(100, 77));

        codec.UpdateParity(2, before, data[2].AsSpan(100, 77), [parity[0].AsMemory(100, 77), parity[1].AsMemory(100, 77)]);

        Assert.Equal(new ReferenceCode(4, 2).Encode(data)[4..], parity);
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void EveryFlippedBit_IsFound(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        foreach (var (n, m, length) in new[] { (4, 2, 67), (3, 5, 33), (1, 1, 9) })
        {
            var codec = new ReedSolomonCodec(n, m, Codes.Parse(path));
            var fragments = new ReferenceCode(n, m).Encode(Codes.RandomFragments(random, n, length)).SelectMany(bytes => bytes).ToArray();
            Assert.True(codec.Verify(fragments.AsSpan(0, n * length), fragments.AsSpan(n * length)));
            for (var bit = 0; bit < fragments.Length * 8; bit++)
            {
                fragments[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(
                    codec.Verify(fragments.AsSpan(0, n * length), fragments.AsSpan(n * length)),
                    $"{path}, seed {seed}: ({n}, {m}), {length} bytes, bit {bit}");
                fragments[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void FlippedBit_OfLongFragments_IsFound_AndNothingIsWritten(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        foreach (var (n, m, length) in new[] { (10, 4, 12_345), (40, 9, 8_200) })
        {
            var codec = new ReedSolomonCodec(n, m, Codes.Parse(path));
            var fragments = new ReferenceCode(n, m).Encode(Codes.RandomFragments(random, n, length));
            var (data, parity) = (Codes.ReadOnly(fragments[..n]), Codes.ReadOnly(fragments[n..]));
            Assert.True(codec.Verify(data, parity));
            for (var round = 0; round < 12; round++)
            {
                var (fragment, position, mask) = (random.Next(n + m), random.Next(length), (byte)(1 << random.Next(8)));
                fragments[fragment][position] ^= mask;
                var copies = fragments.Select(bytes => bytes.ToArray()).ToArray();

                Assert.False(codec.Verify(data, parity), $"{path}, seed {seed}: fragment {fragment}, byte {position}, {mask}");

                Assert.True(fragments.Zip(copies).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), "Verify wrote");
                fragments[fragment][position] ^= mask;
            }
        }
    }
}
