using OrleansStorage.Erasure.Kernels;
using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>
/// Goal: parity is what the definition says, on every kernel, for any code and length, and nothing else is touched.
/// Method: the textbook code beside every kernel; guards around every buffer; bytes of another implementation.
/// </summary>
public sealed class EncodeTests
{
    public static TheoryData<string> PathNames => Codes.PathNames;

    // Made by ISA-L 2.30: gf_gen_cauchy1_matrix(6, 4), ec_init_tables, ec_encode_data over the bytes 0 to 15, 4 a fragment.
    [Theory]
    [MemberData(nameof(PathNames))]
    public void Parity_IsThatOfIsaL(string path)
    {
        var codec = new ReedSolomonCodec(4, 2, Codes.Parse(path));
        var parity = new byte[8];

        codec.Encode(Enumerable.Range(0, 16).Select(value => (byte)value).ToArray(), parity);

        Assert.Equal(GoldenParity, parity);
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void EveryLength_OfSmallCodes_AgreesWithTheReference(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        foreach (var (n, m) in new[] { (1, 0), (1, 1), (1, 3), (2, 1), (4, 2), (8, 3), (10, 4), (6, 5), (3, 9) })
        {
            foreach (var length in Codes.Lengths)
            {
                EncodeAndCompare(random, n, m, length, Codes.Parse(path), $"{path}, seed {seed}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void RandomCodes_AgreeWithTheReference(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        EncodeAndCompare(random, 255, 0, 100, Codes.Parse(path), $"{path}, seed {seed}");
        EncodeAndCompare(random, 1, 254, 100, Codes.Parse(path), $"{path}, seed {seed}");
        for (var round = 0; round < 20; round++)
        {
            var n = random.Next(1, 256);
            EncodeAndCompare(
                random, n, random.Next(256 - n), random.Next(300), Codes.Parse(path), $"{path}, seed {seed}, round {round}");
        }
    }

    // A blob as it is, ending anywhere, against the same blob padded with zeros.
    [Theory]
    [MemberData(nameof(PathNames))]
    public void BlobThatEndsEarly_IsEncodedAsIfPaddedWithZeros(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        foreach (var (n, m, length) in new[] { (4, 2, 64), (4, 2, 320), (10, 4, 448), (1, 2, 64), (40, 5, 64), (3, 0, 64) })
        {
            var codec = new ReedSolomonCodec(n, m, Codes.Parse(path));
            int[] ends = [0, 1, length - 1, length, length + 1, (n * length) - 1, n * length, random.Next(n * length)];
            foreach (var end in ends.Where(end => end <= n * length))
            {
                var padded = new byte[n * length];
                random.NextBytes(padded.AsSpan(0, end));
                var expected = new ReferenceCode(n, m).Encode([.. padded.Chunk(length)])[n..].SelectMany(bytes => bytes);
                var blob = new Guarded(random, padded.AsSpan(0, end));
                var parity = new Guarded(random, m * length);

                codec.Encode(blob.Span, parity.Span);

                var context = $"{path}, seed {seed}: ({n}, {m}), {end} bytes in fragments of {length}";
                Assert.True(parity.Span.SequenceEqual(expected.ToArray()), context);
                Assert.True(parity.IsIntact && blob.IsIntact, context);
                Assert.True(codec.Verify(blob.Span, parity.Span), context);
            }
        }
    }

    private static byte[] GoldenParity => Convert.FromHexString("3A1A7A5ABA9AFADA");

    private static void EncodeAndCompare(Random random, int n, int m, int length, GaloisPath path, string context)
    {
        context += $": ({n}, {m}), {length} bytes";
        var codec = new ReedSolomonCodec(n, m, path);
        var expected = new ReferenceCode(n, m).Encode(Codes.RandomFragments(random, n, length));
        var data = expected[..n].Select(fragment => new Guarded(random, fragment)).ToArray();
        var parity = Enumerable.Range(0, m).Select(_ => new Guarded(random, length)).ToArray();

        codec.Encode(Codes.ReadOnly(data), Codes.Writable(parity));

        Guarded[] all = [.. data, .. parity];
        for (var i = 0; i < all.Length; i++)
        {
            Assert.True(all[i].Span.SequenceEqual(expected[i]), $"{context}, fragment {i}");
            Assert.True(all[i].IsIntact, $"{context}, fragment {i}: written outside of its buffer");
        }

        Assert.True(codec.Verify(Codes.ReadOnly(data), Codes.ReadOnly(parity)), context);
    }
}
