using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using OrleansStorage.S3.Chunked;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Signing;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Bodies;

/// <summary>The body of one request, with its coding taken off as it is read. Read once.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int HandOverBytes = 256 * 1024;

    private readonly HttpContext _http;
    private readonly ChunkVerifier? _verifier;
    private readonly AwsChunkDecoder? _decoder;
    private readonly long _lengthBytesMax;
    private Memory<byte> _memory;
    private int _filled;

    private RequestBody(HttpContext http, Authentication authentication, long? lengthBytes, long lengthBytesMax)
    {
        _http = http;
        _lengthBytesMax = lengthBytesMax;
        LengthBytes = lengthBytes;
        var payload = authentication.Payload;
        if (payload.IsChunked)
        {
            _verifier = payload.HasChunkSignatures ? new ChunkVerifier(authentication) : null;
            _decoder = new AwsChunkDecoder(_verifier, payload.HasTrailer, lengthBytes!.Value);
        }
    }

    /// <summary>Length without coding; <see langword="null"/> when the client did not announce it.</summary>
    public long? LengthBytes { get; }

    /// <summary>Headers that followed the body; after <see cref="CopyToAsync"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailer => _decoder?.Trailer ?? [];

    /// <summary>Looks at the headers of a body, and reads nothing yet: a client that waits for 100 still waits.</summary>
    /// <param name="http">The request.</param>
    /// <param name="authentication">Says how the body is coded, and signs its chunks.</param>
    /// <param name="lengthBytesMax">Longest body that is accepted.</param>
    /// <param name="isOptional">No length announced means no body.</param>
    /// <exception cref="S3Exception">MissingContentLength, EntityTooLarge, InvalidArgument.</exception>
    public static RequestBody Open(HttpContext http, Authentication authentication, long lengthBytesMax, bool isOptional = false)
    {
        var length = ReadLength(http, authentication, isOptional);
        if (length > lengthBytesMax)
        {
            throw new S3Exception(S3ErrorCode.EntityTooLarge)
            {
                ClosesConnection = true,
                Details =
                [
                    new("ProposedSize", length.Value.ToString(CultureInfo.InvariantCulture)),
                    new("MaxSizeAllowed", lengthBytesMax.ToString(CultureInfo.InvariantCulture)),
                ],
            };
        }

        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        return new RequestBody(http, authentication, length, lengthBytesMax);
    }

    /// <summary>Reads the whole body into a writer; the writer is not finished.</summary>
    /// <exception cref="S3Exception">IncompleteBody, EntityTooLarge, or a signature of a chunk is wrong.</exception>
    public async ValueTask CopyToAsync(IBodyWriter writer, CancellationToken cancellationToken)
    {
        if (LengthBytes != 0 || _decoder is not null)
        {
            await CopyAsync(_http.Request.BodyReader, writer, cancellationToken);
        }

        _decoder?.Complete();
        if (LengthBytes is { } expected && writer.LengthBytes != expected)
        {
            throw new S3Exception(S3ErrorCode.IncompleteBody) { ClosesConnection = true };
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _verifier?.Dispose();

    private static long? ReadLength(HttpContext http, Authentication authentication, bool isOptional)
    {
        var request = http.Request;
        if (authentication.Payload.IsChunked)
        {
            const string Header = "x-amz-decoded-content-length";
            var text = request.Headers[Header].ToString();
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var decoded)
                ? decoded
                : text.Length == 0
                    ? throw new S3Exception(S3ErrorCode.MissingContentLength)
                    : throw S3Exception.Argument(Header, text, "x-amz-decoded-content-length is not a number");
        }

        if (request.ContentLength is { } length)
        {
            return length;
        }

        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: false })
        {
            return null;
        }

        return isOptional ? 0 : throw new S3Exception(S3ErrorCode.MissingContentLength);
    }

    private async ValueTask CopyAsync(PipeReader reader, IBodyWriter writer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.IsCanceled)
            {
                throw new OperationCanceledException("The read of the body was cancelled.");
            }

            await WriteAsync(result.Buffer, writer, cancellationToken);
            reader.AdvanceTo(result.Buffer.End);
            if (writer.LengthBytes + _filled > _lengthBytesMax)
            {
                throw new S3Exception(S3ErrorCode.EntityTooLarge) { ClosesConnection = true };
            }

            if (result.IsCompleted)
            {
                await HandOverAsync(writer, cancellationToken);
                return;
            }
        }
    }

    /// <summary>Copies what was read into the writer's memory.</summary>
    private async ValueTask WriteAsync(
        ReadOnlySequence<byte> buffer, IBodyWriter writer, CancellationToken cancellationToken)
    {
        foreach (var segment in buffer)
        {
            for (var rest = segment; !rest.IsEmpty;)
            {
                if (_filled == _memory.Length || _filled >= HandOverBytes)
                {
                    await HandOverAsync(writer, cancellationToken);
                    _memory = writer.GetMemory();
                }

                rest = rest[Take(rest.Span, _memory.Span[_filled..], out var written)..];
                _filled += written;
            }
        }
    }

    /// <summary>
    /// Gives the writer what was copied so far. Large pieces are what a digest that computes many bodies at a time, and a
    /// store that writes them, can do most with.
    /// </summary>
    private ValueTask HandOverAsync(IBodyWriter writer, CancellationToken cancellationToken)
    {
        var count = _filled;
        _filled = 0;
        _memory = default;
        return count > 0 ? writer.AdvanceAsync(count, cancellationToken) : ValueTask.CompletedTask;
    }

    private int Take(ReadOnlySpan<byte> source, Span<byte> destination, out int written)
    {
        // Never more than fits, so that what the decoder gives out always finds room.
        source = source[..Math.Min(source.Length, destination.Length)];
        if (_decoder is null)
        {
            source.CopyTo(destination);
            written = source.Length;
            return source.Length;
        }

        var consumed = _decoder.Decode(source, out var data);
        data.CopyTo(destination);
        written = data.Length;
        return consumed;
    }
}
