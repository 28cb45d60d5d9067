using System.Globalization;
using System.Text;
using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Chunked;

/// <summary>Takes the aws-chunked coding off a body that arrives in arbitrary pieces.</summary>
/// <remarks>
/// <code>
/// Header ──size > 0──► Data ──all of it──► DataEnd ──CRLF──► Header
///   └──size 0──► Trailer (lines until the body ends)
///
/// body  = *chunk "0" [";chunk-signature=" 64HEX] CRLF *(name ":" value CRLF) CRLF
/// chunk = 1*HEX [";chunk-signature=" 64HEX] CRLF data CRLF
/// </code>
/// Spec: as <see cref="ChunkVerifier"/>. A chunk's data is given out before its signature is checked, so the caller
/// makes nothing of it visible before <see cref="Complete"/> returned.
/// </remarks>
/// <param name="verifier">Checks signatures; <see langword="null"/> when the chunks carry none. Stays the caller's.</param>
/// <param name="hasTrailer">A trailer is announced; without it only an empty line may follow the last chunk.</param>
/// <param name="decodedLengthBytes">What the data of all chunks comes to.</param>
internal sealed class AwsChunkDecoder(ChunkVerifier? verifier, bool hasTrailer, long decodedLengthBytes)
{
    private const int HeaderLineBytesMax = 512;
    private const int TrailerBytesMax = 8192;
    private const string TrailerSignature = "x-amz-trailer-signature";

    private readonly List<KeyValuePair<string, string>> _trailer = [];
    private readonly byte[] _line = new byte[HeaderLineBytesMax];
    private int _lineCount;
    private int _trailerBytes;
    private long _chunkRemaining;
    private long _decoded;
    private State _state = State.Header;

    private enum State
    {
        Header,
        Data,
        DataEnd,
        Trailer,
    }

    /// <summary>Headers of the trailer, lower-case names, without its signature; after <see cref="Complete"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Trailer => _trailer;

    /// <summary>Decodes the beginning of a piece.</summary>
    /// <param name="input">The next bytes of the body; one or more.</param>
    /// <param name="data">Which bytes of the input are data; may be none.</param>
    /// <returns>How many bytes of the input are done with; 1 or more.</returns>
    /// <exception cref="S3Exception">The coding is broken, too long, or a signature is wrong.</exception>
    public int Decode(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (_state == State.Data)
        {
            var count = (int)Math.Min(_chunkRemaining, input.Length);
            data = input[..count];
            TakeData(data);
            return count;
        }

        var lineFeed = input.IndexOf((byte)'\n');
        if (lineFeed < 0)
        {
            KeepLine(input);
            return input.Length;
        }

        KeepLine(input[..lineFeed]);
        var line = _line.AsSpan(0, _lineCount);
        _lineCount = 0;
        TakeLine(line.TrimEnd((byte)'\r'));
        return lineFeed + 1;
    }

    /// <summary>The body has ended.</summary>
    /// <exception cref="S3Exception">It has ended too early, or its trailer is wrong.</exception>
    public void Complete()
    {
        if (_state != State.Trailer || _decoded != decodedLengthBytes)
        {
            throw new S3Exception(S3ErrorCode.IncompleteBody);
        }

        if (_lineCount > 0)
        {
            TakeTrailerLine(_line.AsSpan(0, _lineCount).TrimEnd((byte)'\r'));
            _lineCount = 0;
        }

        if (hasTrailer && verifier is not null)
        {
            CheckTrailerSignature(verifier);
        }
    }

    private void TakeData(ReadOnlySpan<byte> data)
    {
        verifier?.Append(data);
        _chunkRemaining -= data.Length;
        _decoded += data.Length;
        if (_chunkRemaining == 0)
        {
            verifier?.End();
            _state = State.DataEnd;
        }
    }

    private void KeepLine(ReadOnlySpan<byte> bytes)
    {
        if (_lineCount + bytes.Length > HeaderLineBytesMax)
        {
            throw Broken("A line of the aws-chunked body is too long.");
        }

        bytes.CopyTo(_line.AsSpan(_lineCount));
        _lineCount += bytes.Length;
    }

    private void TakeLine(ReadOnlySpan<byte> line)
    {
        switch (_state)
        {
            case State.Header:
                TakeHeader(line);
                break;
            case State.DataEnd when line.IsEmpty:
                _state = State.Header;
                break;
            case State.Trailer:
                TakeTrailerLine(line);
                break;
            default:
                throw Broken("The data of a chunk must end in CRLF.");
        }
    }

    private void TakeHeader(ReadOnlySpan<byte> line)
    {
        var semicolon = line.IndexOf((byte)';');
        var size = semicolon < 0 ? line : line[..semicolon];
        if (!long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _chunkRemaining)
            || _chunkRemaining < 0)
        {
            throw Broken("The size of a chunk is not a hexadecimal number.");
        }

        if (_chunkRemaining > decodedLengthBytes - _decoded)
        {
            throw Broken("The chunks hold more than x-amz-decoded-content-length.");
        }

        var prefix = "chunk-signature="u8;
        var extension = semicolon < 0 ? [] : line[(semicolon + 1)..];
        verifier?.Begin(extension.StartsWith(prefix) ? extension[prefix.Length..] : []);
        _state = State.Data;
        if (_chunkRemaining == 0)
        {
            verifier?.End();
            _state = State.Trailer;
        }
    }

    private void TakeTrailerLine(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty)
        {
            return;
        }

        _trailerBytes += line.Length;
        var colon = line.IndexOf((byte)':');
        if (!hasTrailer || colon < 1 || _trailerBytes > TrailerBytesMax)
        {
            throw new S3Exception(S3ErrorCode.MalformedTrailer) { ClosesConnection = true };
        }

        _trailer.Add(new(
            Encoding.Latin1.GetString(line[..colon].Trim((byte)' ')).ToLowerInvariant(),
            Encoding.Latin1.GetString(line[(colon + 1)..].Trim((byte)' '))));
    }

    private void CheckTrailerSignature(ChunkVerifier trailerVerifier)
    {
        var canonical = new StringBuilder();
        var signature = "";
        foreach (var (name, value) in _trailer)
        {
            if (name == TrailerSignature)
            {
                signature = value;
            }
            else
            {
                canonical.Append(name).Append(':').Append(value).Append('\n');
            }
        }

        trailerVerifier.CheckTrailer(Encoding.Latin1.GetBytes(canonical.ToString()), signature);
        _trailer.RemoveAll(static header => header.Key == TrailerSignature);
    }

    private static S3Exception Broken(string message) =>
        new(S3ErrorCode.IncompleteBody, message) { ClosesConnection = true };
}
