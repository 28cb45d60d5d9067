using OrleansStorage.Erasure.Kernels;
using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>
/// Goal: any n of n + m fragments give all the others, whole or by ranges, on every kernel, and nothing else is touched.
/// Method: every set of missing fragments of small codes, random ones of large codes, against what was encoded by the
/// textbook code; guards around every buffer.
/// </summary>
public sealed class ReconstructTests
{
    public static TheoryData<string> PathNames => Codes.PathNames;

    /// <summary>The reference is a check only if it can itself do what it is asked.</summary>
    [Fact]
    public void Reference_DecodesWhatItEncoded()
    {
        var random = TestSeed.Create(1);
        var reference = new ReferenceCode(5, 3);
        var fragments = reference.Encode(Codes.RandomFragments(random, 5, 20));
        foreach (var present in Codes.Subsets(8, 5))
        {
            Assert.Equal(fragments, reference.Decode(present, [.. present.Select(number => fragments[number])]));
        }
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 5)]
    [InlineData(8, 3)]
    [InlineData(10, 4)]
    public void EverySetOfMissingFragments_IsReconstructed(int n, int m)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var codec = new ReedSolomonCodec(n, m);
        const int Length = 83;
        var expected = new ReferenceCode(n, m).Encode(Codes.RandomFragments(random, n, Length)).SelectMany(bytes => bytes).ToArray();
        var sets = 0;
        for (var missingCount = 0; missingCount <= m; missingCount++)
        {
            foreach (var missing in Codes.Subsets(n + m, missingCount))
            {
                var fragments = new Guarded(random, expected);
                foreach (var number in missing)
                {
                    random.NextBytes(fragments.Span.Slice(number * Length, Length));
                }

                codec.Reconstruct(fragments.Span, missing);

                Assert.True(
                    fragments.Span.SequenceEqual(expected) && fragments.IsIntact,
                    $"seed {seed}: missing {string.Join(' ', missing)}");
                sets++;
            }
        }

        Assert.Equal(Enumerable.Range(0, m + 1).Sum(size => Choose(n + m, size)), sets);
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void EveryFragmentFromAnySources_IsReconstructed_OnEveryPath(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        foreach (var (n, m) in new[] { (4, 2), (8, 3), (10, 4), (3, 6) })
        {
            for (var round = 0; round < 25; round++)
            {
                ReconstructAndCompare(random, n, m, Codes.Parse(path), $"{path}, seed {seed}, round {round}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void LargeCodes_AreReconstructed_OnEveryPath(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        ReconstructAndCompare(random, 127, 128, Codes.Parse(path), $"{path}, seed {seed}, the largest part to invert");
        ReconstructAndCompare(random, 251, 4, Codes.Parse(path), $"{path}, seed {seed}, the widest");
        for (var round = 0; round < 4; round++)
        {
            var n = random.Next(1, 200);
            ReconstructAndCompare(
                random, n, random.Next(1, 256 - n), Codes.Parse(path), $"{path}, seed {seed}, round {round}");
        }
    }

    /// <summary>A decoder that shares nothing with ours: what it makes of n random fragments is what we make of them.</summary>
    [Fact]
    public void Reconstruction_AgreesWithGaussianElimination()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        for (var round = 0; round < 40; round++)
        {
            var (n, m) = (random.Next(1, 20), random.Next(1, 20));
            var present = Codes.RandomNumbers(random, n + m, n);

            // Not a codeword of anything known: any n fragments are one.
            var sources = Codes.RandomFragments(random, n, random.Next(1, 80));
            var expected = new ReferenceCode(n, m).Decode(present, sources);
            int[] wanted = [.. Enumerable.Range(0, n + m).Except(present)];
            var targets = wanted.Select(_ => new Guarded(random, sources[0].Length)).ToArray();

            new ReedSolomonCodec(n, m).Reconstruct(present, Codes.ReadOnly(sources), wanted, Codes.Writable(targets));

            for (var i = 0; i < wanted.Length; i++)
            {
                Assert.True(
                    targets[i].Span.SequenceEqual(expected[wanted[i]]),
                    $"seed {seed}, round {round}: ({n}, {m}), fragment {wanted[i]} from {string.Join(' ', present)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public void RangeOfAFragment_NeedsThatRangeOfTheOthersOnly(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var codec = new ReedSolomonCodec(8, 3, Codes.Parse(path));
        const int Length = 3_000;
        var fragments = new ReferenceCode(8, 3).Encode(Codes.RandomFragments(random, 8, Length));
        for (var round = 0; round < 100; round++)
        {
            var offset = random.Next(Length);
            var length = random.Next(Length - offset + 1);
            var lost = random.Next(11);
            int[] present = [.. Codes.RandomNumbers(random, 11, 11).Where(number => number != lost).Take(8)];
            var ranges = present.Select(number => new Guarded(random, fragments[number].AsSpan(offset, length))).ToArray();
            var target = new Guarded(random, length);

            codec.Reconstruct(present, Codes.ReadOnly(ranges), [lost], [target.Memory]);

            var context = $"{path}, seed {seed}, round {round}: fragment {lost}, {length} bytes at {offset}";
            Assert.True(target.Span.SequenceEqual(fragments[lost].AsSpan(offset, length)), context);
            Assert.True(target.IsIntact, context);
        }
    }

    /// <summary>A blob that is read by ranges while one or two devices are away, the way a pool does it.</summary>
    [Fact]
    public void RangeOfABlob_IsReadFromTheFragmentsThatAreLeft()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var degraded = 0;
        for (var round = 0; round < 200; round++)
        {
            var (n, m) = (random.Next(1, 11), random.Next(1, 5));
            var codec = new ReedSolomonCodec(n, m);
            var blob = new byte[random.Next(1, 5_000)];
            random.NextBytes(blob);
            var layout = new FragmentLayout(blob.Length, n);
            var stored = new byte[(n + m) * layout.FragmentLength];
            blob.CopyTo(stored, 0);
            codec.Encode(blob, stored.AsSpan(n * layout.FragmentLength));
            var lost = Codes.RandomNumbers(random, n + m, random.Next(m + 1));
            int[] present = [.. Enumerable.Range(0, n + m).Except(lost)];
            var offset = random.Next(blob.Length);
            var range = new byte[random.Next(blob.Length - offset + 1)];
            foreach (var part in layout.Locate(offset, range.Length))
            {
                var target = range.AsMemory(part.Position, part.Length);
                if (lost.Contains(part.Fragment))
                {
                    ReadOnlyMemory<byte>[] sources = [.. present.Select(number => (ReadOnlyMemory<byte>)Slice(number, part))];
                    codec.Reconstruct(present, sources, [part.Fragment], [target]);
                    degraded++;
                }
                else
                {
                    Slice(part.Fragment, part).CopyTo(target);
                }
            }

            Assert.True(
                range.AsSpan().SequenceEqual(blob.AsSpan(offset, range.Length)),
                $"seed {seed}, round {round}: ({n}, {m}), {range.Length} bytes at {offset} of {blob.Length}");

            Memory<byte> Slice(int number, FragmentRange part) =>
                stored.AsMemory((number * layout.FragmentLength) + part.Offset, part.Length);
        }

        Assert.True(degraded > 20, $"seed {seed}: only {degraded} parts were reconstructed");
    }

    private static int Choose(int count, int size) => size == 0 ? 1 : Choose(count - 1, size - 1) * count / size;

    private static void ReconstructAndCompare(Random random, int n, int m, GaloisPath path, string context)
    {
        var codec = new ReedSolomonCodec(n, m, path);
        var length = random.Next(n > 100 ? 70 : 400);
        var data = Codes.RandomFragments(random, n, length);
        var expected = new ReferenceCode(n, m).Encode(data);
        var wanted = Codes.RandomNumbers(random, n + m, random.Next(1, m + 1));
        var present = Codes.RandomNumbers(random, n + m, n + m).Except(wanted).ToArray();
        present = present[..random.Next(n, present.Length + 1)];
        var sources = present.Select(number => new Guarded(random, expected[number])).ToArray();
        var targets = wanted.Select(_ => new Guarded(random, length)).ToArray();

        codec.Reconstruct(present, Codes.ReadOnly(sources), wanted, Codes.Writable(targets));

        context += $": ({n}, {m}), {length} bytes, {string.Join(' ', wanted)} from {string.Join(' ', present)}";
        for (var i = 0; i < wanted.Length; i++)
        {
            Assert.True(targets[i].Span.SequenceEqual(expected[wanted[i]]), $"{context}: fragment {wanted[i]}");
            Assert.True(targets[i].IsIntact, $"{context}: written outside of fragment {wanted[i]}");
        }

        for (var i = 0; i < present.Length; i++)
        {
            Assert.True(sources[i].Span.SequenceEqual(expected[present[i]]), $"{context}: source {present[i]} was changed");
        }
    }
}
