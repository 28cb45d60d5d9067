using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace OrleansStorage.Bench.DataChannel;

/// <summary>The same copy through the pipes of Kestrel's socket transport, without protocol: what the channel would stand on otherwise.</summary>
internal static class KestrelCopy
{
    private const int HeadBytes = 8;

    public static async Task<(IConnectionListener Listener, IPEndPoint EndPoint)> BindAsync()
    {
        var factory = new SocketTransportFactory(Options.Create(new SocketTransportOptions()), NullLoggerFactory.Instance);
        var listener = await factory.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        return (listener, (IPEndPoint)listener.EndPoint);
    }

    public static async Task ServeAsync(IConnectionListener listener)
    {
        while (await listener.AcceptAsync() is { } connection)
        {
            _ = Task.Run(() => SinkAsync(connection));
        }
    }

    public static async Task WriteAsync(IPEndPoint server, byte[] piece, long total)
    {
        using var factory = new SocketConnectionContextFactory(new SocketConnectionFactoryOptions(), NullLogger.Instance);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        await using var connection = factory.Create(socket);
        var head = new byte[HeadBytes];
        BinaryPrimitives.WriteInt64LittleEndian(head, total);
        await connection.Transport.Output.WriteAsync(head);
        for (var sent = 0L; sent < total; sent += piece.Length)
        {
            await connection.Transport.Output.WriteAsync(piece);
        }

        var end = await connection.Transport.Input.ReadAsync();
        connection.Transport.Input.AdvanceTo(end.Buffer.End);
    }

    /// <summary>Takes the bytes that were announced, copying them to a buffer as a device would get them, and answers.</summary>
    private static async Task SinkAsync(ConnectionContext connection)
    {
        await using var owned = connection;
        var input = connection.Transport.Input;
        var head = await input.ReadAtLeastAsync(HeadBytes);
        var left = BinaryPrimitives.ReadInt64LittleEndian(head.Buffer.Slice(0, HeadBytes).ToArray());
        input.AdvanceTo(head.Buffer.GetPosition(HeadBytes));
        var piece = new byte[1 << 20];
        var at = 0;
        while (left > 0)
        {
            var result = await input.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                var count = Math.Min(segment.Length, piece.Length - at);
                segment.Span[..count].CopyTo(piece.AsSpan(at));
                segment.Span[count..].CopyTo(piece);
                at = (at + segment.Length) % piece.Length;
            }

            left -= result.Buffer.Length;
            input.AdvanceTo(result.Buffer.End);
        }

        await connection.Transport.Output.WriteAsync(new byte[1]);
        await connection.Transport.Output.CompleteAsync();
        var end = await input.ReadAsync();
        input.AdvanceTo(end.Buffer.End);
    }
}
