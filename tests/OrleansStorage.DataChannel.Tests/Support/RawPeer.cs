using OrleansStorage.DataChannel.Client;
using OrleansStorage.DataChannel.Transport;
using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Hashing;

namespace OrleansStorage.DataChannel.Tests.Support;

/// <summary>A client that knows the secret and then sends what it likes.</summary>
internal sealed class RawPeer(Stream stream) : IAsyncDisposable
{
    private readonly FrameReader _reader = new(stream, _ => { });

    public Stream Stream => stream;

    public static async Task<RawPeer> ConnectAsync(IChannelConnector connector)
    {
        var transport = await connector.ConnectAsync(default);
        var (stream, _) = await ClientHandshake.RunAsync(
            transport, ChannelFixture.Secret, ChannelFixture.ClientOptions(), default);
        return new RawPeer(stream);
    }

    /// <summary>A frame with right checksums, whatever else it says.</summary>
    public static byte[] Frame(FrameHeader header, byte[] body, byte[] payload)
    {
        header.BodyCrc = Crc32C.Append(0, body);
        header.PayloadCrc = Crc32C.Append(0, payload);
        var frame = new byte[FrameHeader.SizeBytes + body.Length + payload.Length];
        header.WriteTo(frame);
        body.CopyTo(frame, FrameHeader.SizeBytes);
        payload.CopyTo(frame, FrameHeader.SizeBytes + body.Length);
        return frame;
    }

    public async Task SendAsync(byte[] bytes) => await stream.WriteAsync(bytes);

    /// <summary>The next answer; <see langword="null"/> at the end of the connection.</summary>
    public async Task<(FrameHeader Header, byte[] Body, byte[] Payload)?> ReceiveAsync()
    {
        try
        {
            if (await _reader.ReadHeaderAsync() is not { } header)
            {
                return null;
            }

            var body = new byte[header.BodyBytes];
            await _reader.ReadPartAsync(body, header.BodyCrc);
            var payload = new byte[header.PayloadBytes];
            await _reader.ReadPartAsync(payload, header.PayloadCrc);
            return (header, body, payload);
        }
        catch (IOException e) when (e is not FrameException)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
