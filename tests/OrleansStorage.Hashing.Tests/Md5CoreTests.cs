using System.Buffers.Binary;
using OrleansStorage.Hashing.MultiBuffer;
using Xunit;

namespace OrleansStorage.Hashing.Tests;

/// <summary>
/// Goal: a stream may go through any mix of widths, in any lane, and ends with the same state.
/// Method: random messages, padded by hand, in random lanes for random numbers of blocks; the framework's MD5 decides.
/// </summary>
public sealed unsafe class Md5CoreTests
{
    private static readonly int[] SupportedWidths = [.. Enumerable.Range(1, Md5Core.LanesMax).Where(Md5Core.IsSupported)];

    public static TheoryData<int> Widths => [.. SupportedWidths];

    [Theory]
    [MemberData(nameof(Widths))]
    public void EveryLane_AgreesWithTheFramework(int width)
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        for (var round = 0; round < 40; round++)
        {
            var blocks = random.Next(1, 20);
            var messages = Enumerable.Range(0, width).Select(_ => Message.Random(random, blocks)).ToArray();
            var states = Enumerable.Repeat(Md5State.Initial, width).ToArray();
            CompressLanes(states, [.. messages.Select(message => message.Padded)], new int[width], blocks);
            for (var lane = 0; lane < width; lane++)
            {
                Assert.True(messages[lane].HasDigest(states[lane]), $"seed {seed}, lane {lane} of {width}, {blocks} blocks");
            }
        }
    }

    [Fact]
    public void StreamsThatChangeWidthsAndLanes_AgreeWithTheFramework()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var messages = Enumerable.Range(0, 24).Select(_ => Message.Random(random, random.Next(40, 120))).ToArray();
        var states = Enumerable.Repeat(Md5State.Initial, messages.Length).ToArray();
        var positions = new int[messages.Length];
        var steps = SupportedWidths.ToDictionary(width => width, _ => 0);
        while (true)
        {
            var open = Enumerable.Range(0, messages.Length).Where(i => positions[i] < messages[i].Blocks).ToArray();
            if (open.Length == 0)
            {
                break;
            }

            var width = SupportedWidths[random.Next(SupportedWidths.Length)];
            random.Shuffle(open);
            var chosen = open.Take(width).ToArray();

            // Lanes without a stream of their own repeat one, as a combiner does.
            var lanes = Enumerable.Range(0, width).Select(lane => chosen[lane % chosen.Length]).ToArray();
            var blocks = random.Next(1, chosen.Min(i => messages[i].Blocks - positions[i]) + 1);
            var laneStates = lanes.Select(i => states[i]).ToArray();
            CompressLanes(
                laneStates, [.. lanes.Select(i => messages[i].Padded)], [.. lanes.Select(i => positions[i] * 64)], blocks);
            for (var lane = 0; lane < chosen.Length; lane++)
            {
                states[chosen[lane]] = laneStates[lane];
                positions[chosen[lane]] += blocks;
            }

            steps[width]++;
        }

        for (var i = 0; i < messages.Length; i++)
        {
            Assert.True(messages[i].HasDigest(states[i]), $"seed {seed}, message {i}");
        }

        Assert.All(steps, step => Assert.True(step.Value > 3, $"seed {seed}: width {step.Key} was used {step.Value} times"));
    }

    [Fact]
    public void UnknownWidth_IsRefused()
    {
        Assert.False(Md5Core.IsSupported(3));
        Assert.Throws<PlatformNotSupportedException>(() => CompressLanes(new Md5State[3], [[], [], []], new int[3], 0));
    }

    private static void CompressLanes(Md5State[] states, byte[][] sources, int[] offsets, int blocks)
    {
        var pointers = stackalloc byte*[states.Length];
        var copies = new byte[states.Length][];
        for (var lane = 0; lane < states.Length; lane++)
        {
            copies[lane] = GC.AllocateUninitializedArray<byte>(Math.Max(sources[lane].Length, 1), pinned: true);
            sources[lane].CopyTo(copies[lane], 0);
            pointers[lane] = (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(copies[lane], 0)
                + offsets[lane];
        }

        fixed (Md5State* first = states)
        {
            Md5Core.CompressLanes(first, pointers, states.Length, (nuint)blocks);
        }

        GC.KeepAlive(copies);
    }

    private sealed record Message(byte[] Padded, byte[] Digest)
    {
        public int Blocks => Padded.Length / 64;

        public static Message Random(Random random, int blocks)
        {
            var length = ((blocks - 1) * 64) + random.Next(0, 56);
            var padded = new byte[blocks * 64];
            random.NextBytes(padded.AsSpan(0, length));
            var digest = ReferenceMd5.Of(padded.AsSpan(0, length));
            padded[length] = 0x80;
            BinaryPrimitives.WriteUInt64LittleEndian(padded.AsSpan(padded.Length - 8), (ulong)length * 8);
            return new Message(padded, digest);
        }

        public bool HasDigest(Md5State state)
        {
            Span<byte> digest = stackalloc byte[16];
            state.WriteTo(digest);
            return digest.SequenceEqual(Digest);
        }
    }
}
