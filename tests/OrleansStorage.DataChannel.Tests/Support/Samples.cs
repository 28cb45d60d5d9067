using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>Names and bytes.</summary>
internal static class Samples
{
    public static FragmentId Id(int sequence, uint group = 1) => new(new BlobId(group, 1, (ulong)sequence), 0);

    /// <summary>Bytes that tell which fragment they belong to.</summary>
    public static byte[] Bytes(int of, int length)
    {
        var bytes = new byte[length];
        TestSeed.Create(of).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Waits for what another thread does; without a sleep, and not for ever.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        var until = Environment.TickCount64 + 30_000;
        while (!isSo())
        {
            Xunit.Assert.True(Environment.TickCount64 < until, $"It never came to this: {what}");
            await Task.Yield();
        }
    }
}
