using System.Net;
using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Epochs;
using OrleansStorage.DataChannel.Server;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Memory;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>A server with one device, and a client.</summary>
internal sealed class ChannelFixture : IAsyncDisposable
{
    public static readonly byte[] Secret = "a secret of sixteen bytes or more"u8.ToArray();

    private readonly List<string> _closed = [];

    private ChannelFixture(IDevice device, DataChannelServerOptions server)
    {
        Device = device;
        server.Secret = Secret;
        server.OnClosed = reason =>
        {
            lock (_closed)
            {
                _closed.Add(reason);
            }
        };
        Server = new DataChannelServer(server);
        Server.Add(device, Epochs);
    }

    public IDevice Device { get; }

    public MemoryGroupEpochs Epochs { get; } = new();

    public DataChannelServer Server { get; }

    public FaultyConnector Connector { get; private set; } = null!;

    public DataChannelClient Client { get; private set; } = null!;

    /// <summary>Why connections ended, at the server.</summary>
    public IReadOnlyList<string> Closed
    {
        get
        {
            lock (_closed)
            {
                return [.. _closed];
            }
        }
    }

    public static ChannelFixture InMemory(
        IDevice? device = null, Action<DataChannelServerOptions>? server = null, Action<DataChannelClientOptions>? client = null, int pipeBytes = 64 << 10,
        Action<FaultyStream>? onConnected = null)
    {
        var transport = new MemoryTransport(pipeBytes);
        return Create(device, server, client, transport, transport, onConnected);
    }

    public static ChannelFixture OverTcp(
        IDevice? device = null, Action<DataChannelServerOptions>? server = null, Action<DataChannelClientOptions>? client = null)
    {
        var listener = new TcpChannelListener(new IPEndPoint(IPAddress.Loopback, 0));
        return Create(device, server, client, listener, new TcpChannelConnector(listener.EndPoint));
    }

    public static MemoryDevice Memory(int mebibytes = 64) =>
        new(new DeviceIdentity(new Guid(5, 5, 5, new byte[8]), DeviceTier.Memory, (long)mebibytes << 20));

    public static DataChannelClientOptions ClientOptions() => new()
    {
        Secret = Secret,
        BackoffMin = TimeSpan.FromMilliseconds(1),
        BackoffMax = TimeSpan.FromMilliseconds(20),
    };

    public RemoteDevice Remote(IEpochView? epochs = null) => Client.Device(Device.Identity, epochs);

    /// <summary>A device that sends nothing but what the test asks for.</summary>
    public RemoteDevice Unpolled() => new(Client, Device.Identity, null);

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        await Device.DisposeAsync();
    }

    private static ChannelFixture Create(
        IDevice? device,
        Action<DataChannelServerOptions>? server,
        Action<DataChannelClientOptions>? client,
        IChannelListener listener,
        IChannelConnector connector,
        Action<FaultyStream>? onConnected = null)
    {
        var serverOptions = new DataChannelServerOptions();
        server?.Invoke(serverOptions);
        var fixture = new ChannelFixture(device ?? Memory(), serverOptions);
        fixture.Server.Listen(listener);

        // Before there is a client: it connects at once.
        fixture.Connector = new FaultyConnector(connector) { OnConnected = onConnected };
        var clientOptions = ClientOptions();
        client?.Invoke(clientOptions);
        fixture.Client = new DataChannelClient(fixture.Connector, clientOptions);
        return fixture;
    }
}
