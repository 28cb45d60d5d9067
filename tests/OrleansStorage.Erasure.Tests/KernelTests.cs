using OrleansStorage.Erasure.Galois;
using OrleansStorage.Erasure.Kernels;
using OrleansStorage.Erasure.Plans;
using Xunit;

namespace OrleansStorage.Erasure.Tests;

/// <summary>
/// Goal: the field is the one that is promised, and every kernel multiplies in it: any constant, any byte, any shape.
/// Method: Russian peasant multiplication beside every product and every kernel.
/// </summary>
public sealed class KernelTests
{
    public static TheoryData<string> PathNames => Codes.PathNames;

    [Fact]
    public void EveryProduct_IsThatOfTheField()
    {
        for (var product = 0; product < 65_536; product++)
        {
            var (left, right) = ((byte)(product >> 8), (byte)product);
            Assert.Equal(ReferenceCode.Multiply(left, right), GaloisField.Multiply(left, right));
        }
    }

    [Fact]
    public void EveryInverse_IsOne_AndZeroHasNone()
    {
        for (var value = 1; value < 256; value++)
        {
            Assert.Equal(1, ReferenceCode.Multiply((byte)value, GaloisField.Inverse((byte)value)));
        }

        Assert.Throws<DivideByZeroException>(() => GaloisField.Inverse(0));
    }

    [Theory]
    [MemberData(nameof(PathNames))]
    public unsafe void EveryConstant_TimesEveryByte_IsTheProduct(string path)
    {
        var kernel = GaloisKernel.Create(Codes.Parse(path));
        var table = new byte[kernel.TableBytes];
        var operands = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        var products = new byte[256];
        for (var constant = 0; constant < 256; constant++)
        {
            kernel.WriteTable((byte)constant, table);
            fixed (byte* source = operands, target = products, tables = table)
            {
                var sources = source;
                var targets = target;
                kernel.Combine(&sources, 1, &targets, 1, tables, 0, 256, isAdding: false);
            }

            Assert.Equal(operands.Select(value => ReferenceCode.Multiply((byte)constant, value)), products);
        }
    }

    // Up to 40 sources and 9 targets: more than one pass over the sources, and every size of the last group of targets.
    [Theory]
    [MemberData(nameof(PathNames))]
    public unsafe void RandomMatrices_AgreeWithTheReference(string path)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var kernel = GaloisKernel.Create(Codes.Parse(path));
        var severalPasses = 0;
        for (var round = 0; round < 60; round++)
        {
            var (sourceCount, targetCount) = (random.Next(1, 41), random.Next(1, 10));
            var length = Codes.Lengths[random.Next(Codes.Lengths.Length)];
            var matrix = new byte[targetCount * sourceCount];
            random.NextBytes(matrix);
            var sources = Codes.RandomFragments(random, sourceCount, length);
            var targets = Enumerable.Range(0, targetCount).Select(_ => new Guarded(random, length)).ToArray();
            severalPasses += sourceCount > GaloisKernel.SourcesMax && targetCount > GaloisKernel.TargetsMax ? 1 : 0;

            var action = new ApplyAction(new CodingPlan(kernel, matrix, targetCount, sourceCount), sourceCount, length);
            int[] order = [.. Enumerable.Range(0, 64)];
            Pinning.Run(Codes.ReadOnly(sources), order, Codes.ReadOnly(targets), order, ref action);

            for (var t = 0; t < targetCount; t++)
            {
                var expected = new byte[length];
                for (var s = 0; s < sourceCount; s++)
                {
                    for (var i = 0; i < length; i++)
                    {
                        expected[i] ^= ReferenceCode.Multiply(matrix[(t * sourceCount) + s], sources[s][i]);
                    }
                }

                var context = $"{path}, seed {seed}, round {round}: {sourceCount} × {targetCount}, {length} bytes, target {t}";
                Assert.True(targets[t].Span.SequenceEqual(expected), context);
                Assert.True(targets[t].IsIntact, context + " wrote outside of its buffer");
            }
        }

        Assert.True(severalPasses > 0, $"seed {seed}: no matrix was larger than a pass in both directions");
    }

    [Fact]
    public void UnsupportedPath_IsRefused()
    {
        foreach (var path in Enum.GetValues<GaloisPath>().Except(Codes.Paths))
        {
            Assert.Throws<PlatformNotSupportedException>(() => GaloisKernel.Create(path));
        }

        Assert.Throws<PlatformNotSupportedException>(() => GaloisKernel.Create((GaloisPath)99));
        Assert.Contains(GaloisKernel.Fastest, Codes.Paths);
    }

    private readonly unsafe struct ApplyAction(CodingPlan plan, int sourceCount, int length) : IPinnedAction
    {
        public void Run(byte** sources, byte** targets) => plan.Apply(sources, sourceCount, targets, 0, (nuint)length);
    }
}
