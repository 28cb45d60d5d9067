using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using OrleansStorage.Bench.DataChannel;
using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Server;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Devices.Memory;

// usage: OrleansStorage.Bench.DataChannel [connections] [KiB ...]
// Starts itself a second time as the server, with a device in memory, and talks to it over loopback.
const int rounds = 3;
const long bytesPerRound = 256L << 20;
var secret = "the secret of the data channel bench"u8.ToArray();
var identity = new DeviceIdentity(new Guid(1, 1, 1, new byte[8]), DeviceTier.Memory, 512L << 20);
if (args is ["serve"])
{
    return await ServeAsync();
}

var connections = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2;
var sizes = args.Length > 1 ? args[1..].Select(a => int.Parse(a, CultureInfo.InvariantCulture) << 10).ToArray() : [64 << 10, 1 << 20, 4 << 20];
using var server = Start();
try
{
    var ports = (await server.StandardOutput.ReadLineAsync())!.Split(' ').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
    var bare = new IPEndPoint(IPAddress.Loopback, ports[1]);
    var kestrel = new IPEndPoint(IPAddress.Loopback, ports[2]);
    await using var client = new DataChannelClient(
        new TcpChannelConnector(new IPEndPoint(IPAddress.Loopback, ports[0])),
        new DataChannelClientOptions { Secret = secret, Connections = connections });
    await using var device = await client.OpenAsync(identity.Id, null, default);
    Console.WriteLine($"{connections} connections, {bytesPerRound >> 20} MiB a round, median of {rounds}");
    await RoundAsync(device, 1 << 20, 8, new byte[1 << 20], warm: true);
    foreach (var size in sizes)
    {
        Console.WriteLine($"{size >> 10} KiB");
        var payload = Bytes(size);
        await BareAsync("bare TCP, write", n => BareCopy.WriteAsync(bare, payload, n));
        await BareAsync("bare TCP, read", n => BareCopy.ReadAsync(bare, new byte[size], n));
        await BareAsync("Kestrel pipes, write", n => KestrelCopy.WriteAsync(kestrel, payload, n));
        foreach (var inFlight in new[] { 1, 8, 32 })
        {
            await RoundAsync(device, size, inFlight, payload, warm: false);
        }
    }
}
finally
{
    server.StandardInput.Close();
    await server.WaitForExitAsync();
}

return 0;

async Task BareAsync(string name, Func<long, Task> copy)
{
    await copy(bytesPerRound / connections);
    var measured = await Measured.MedianAsync(
        rounds, server, () => Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(() => copy(bytesPerRound / connections)))));
    Console.WriteLine($"  {name,-24}{measured.PerByte(bytesPerRound)}");
}

async Task RoundAsync(RemoteDevice device, int size, int inFlight, byte[] payload, bool warm)
{
    var count = (int)(bytesPerRound / size);
    var times = warm ? 1 : rounds;
    Task WriteAsync() => ForAllAsync(inFlight, count, async (i, _) => await device.WriteFragmentAsync(Id(i), payload, default));
    async Task DeleteAsync() => await device.DeleteFragmentsAsync([.. Enumerable.Range(0, count).Select(Id)], default);
    var write = await Measured.MedianAsync(times, server, WriteAsync, DeleteAsync);
    await WriteAsync();
    var buffers = Enumerable.Range(0, inFlight).Select(_ => new byte[size]).ToArray();
    var read = await Measured.MedianAsync(times, server, () => ForAllAsync(
        inFlight, count, async (i, worker) => await device.ReadFragmentAsync(Id(i), 0, buffers[worker], default)));
    await DeleteAsync();
    if (!warm)
    {
        Console.WriteLine($"  write, {inFlight,2} in flight     {write.PerByte((long)count * size)}");
        Console.WriteLine($"  read,  {inFlight,2} in flight     {read.PerByte((long)count * size)}");
    }
}

static async Task ForAllAsync(int workers, int count, Func<int, int, Task> work)
{
    var next = -1;
    await Task.WhenAll(Enumerable.Range(0, workers).Select(worker => Task.Run(async () =>
    {
        for (var i = Interlocked.Increment(ref next); i < count; i = Interlocked.Increment(ref next))
        {
            await work(i, worker);
        }
    })));
}

async Task<int> ServeAsync()
{
    await using var device = new MemoryDevice(identity);
    await using var channel = new DataChannelServer(new DataChannelServerOptions { Secret = secret });
    channel.Add(device, new MemoryGroupEpochs());
    var listener = new TcpChannelListener(new IPEndPoint(IPAddress.Loopback, 0));
    channel.Listen(listener);
    using var bare = new Socket(SocketType.Stream, ProtocolType.Tcp);
    bare.Bind(new IPEndPoint(IPAddress.Loopback, 0));
    bare.Listen();
    _ = BareCopy.ServeAsync(bare);
    var kestrel = await KestrelCopy.BindAsync();
    _ = KestrelCopy.ServeAsync(kestrel.Listener);
    Console.WriteLine($"{listener.EndPoint.Port} {((IPEndPoint)bare.LocalEndPoint!).Port} {kestrel.EndPoint.Port}");

    // The parent closes our input when it ends, however it ends.
    while (await Console.In.ReadLineAsync() is not null)
    {
    }

    return 0;
}

static Process Start()
{
    var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true };
    if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
    {
        start.ArgumentList.Add(typeof(BareCopy).Assembly.Location);
    }

    start.ArgumentList.Add("serve");
    return Process.Start(start)!;
}

static FragmentId Id(int i) => new(new BlobId(1, 1, (ulong)i + 1), 0);

static byte[] Bytes(int length)
{
#pragma warning disable RS0030 // A fixed seed: every run writes the same bytes.
    var random = new Random(1);
#pragma warning restore RS0030
    var bytes = new byte[length];
    random.NextBytes(bytes);
    return bytes;
}
