using System.Runtime.InteropServices;
using OrleansStorage.Devices.Files;
using Xunit;

namespace OrleansStorage.Devices.Tests.Files;

/// <summary>Goal: what lies in the file is the buffers, however they lie in memory.</summary>
public sealed class DirectWriterTests : IDisposable
{
    private const int Page = 4096;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [DirectWriteFact]
    public void RandomBuffers_ArriveAsTheyAre()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var aligned = 0;
        for (var round = 0; round < 60; round++)
        {
            var path = Path.Combine(_directory.Path, $"file-{round}");
            File.WriteAllBytes(path, []);
            using var writer = DirectWriter.TryOpen(path);
            var from = Page * random.Next(3);
            var buffers = Enumerable.Range(0, random.Next(1, 90)).Select(_ => Buffer(random, ref aligned)).ToList();
            var expected = buffers.SelectMany(buffer => buffer.ToArray()).ToArray();

            var written = writer!.Write(from, buffers);

            Assert.Equal(expected.Length / Page * Page, written);
            var found = written == 0 ? [] : File.ReadAllBytes(path).AsSpan(from, (int)written);
            Assert.True(expected.AsSpan(0, (int)written).SequenceEqual(found), $"seed {seed}, round {round}");
        }

        Assert.True(aligned > 100, $"{aligned} aligned buffers");
    }

    [DirectWriteFact]
    public void Position_InsideAPage_WritesNothing()
    {
        var path = Path.Combine(_directory.Path, "file");
        File.WriteAllBytes(path, []);
        using var writer = DirectWriter.TryOpen(path);
        Assert.Equal(0, writer!.Write(17, [new byte[1 << 20]]));
        Assert.Empty(File.ReadAllBytes(path));
    }

    private static ReadOnlyMemory<byte> Buffer(Random random, ref int aligned)
    {
        var length = random.Next(4) switch
        {
            0 => random.Next(1, 200),
            1 => Page * random.Next(1, 40),
            2 => random.Next(1, 300_000),
            _ => (Page * random.Next(8, 40)) + random.Next(2),
        };
        var array = GC.AllocateUninitializedArray<byte>(length + (2 * Page), pinned: true);
        random.NextBytes(array);
        var address = (nuint)Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        var offset = (int)((Page - (address % Page)) % Page);
        if (random.Next(3) == 0)
        {
            return array.AsMemory(offset + random.Next(1, 64), length);
        }

        aligned++;
        return array.AsMemory(offset, length);
    }
}
