using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace OrleansStorage.Bench.DataChannel;

/// <summary>Socket to socket without protocol, checksums or device: the limit to compare with.</summary>
internal static class BareCopy
{
    private const int HeadBytes = 16;

    /// <summary>Takes connections that say what they want: 0 to send bytes, 1 to get some.</summary>
    public static async Task ServeAsync(Socket listener)
    {
        while (true)
        {
            var socket = await listener.AcceptAsync();
            _ = Task.Run(() => AnswerAsync(socket));
        }
    }

    public static async Task WriteAsync(IPEndPoint server, byte[] piece, long total)
    {
        using var socket = await ConnectAsync(server, 0, piece.Length, total);
        for (var sent = 0L; sent < total; sent += piece.Length)
        {
            await SendAllAsync(socket, piece);
        }

        await ReceiveAllAsync(socket, new byte[1]);
    }

    public static async Task ReadAsync(IPEndPoint server, byte[] piece, long total)
    {
        using var socket = await ConnectAsync(server, 1, piece.Length, total);
        for (var got = 0L; got < total; got += piece.Length)
        {
            await ReceiveAllAsync(socket, piece);
        }
    }

    private static async Task AnswerAsync(Socket socket)
    {
        using var owned = socket;
        socket.NoDelay = true;
        var head = new byte[HeadBytes];
        await ReceiveAllAsync(socket, head);
        var piece = new byte[BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(4))];
        var total = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(8));
        for (var done = 0L; done < total; done += piece.Length)
        {
            await (head[0] == 0 ? ReceiveAllAsync(socket, piece) : SendAllAsync(socket, piece));
        }

        await (head[0] == 0 ? SendAllAsync(socket, new byte[1]) : Task.CompletedTask);
    }

    private static async Task<Socket> ConnectAsync(IPEndPoint server, int kind, int pieceBytes, long total)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server);
        var head = new byte[HeadBytes];
        BinaryPrimitives.WriteInt32LittleEndian(head, kind);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), pieceBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(8), total);
        await SendAllAsync(socket, head);
        return socket;
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes)..];
        }
    }

    private static async Task ReceiveAllAsync(Socket socket, Memory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.ReceiveAsync(bytes)..];
        }
    }
}
