using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrleansStorage.S3.Client;

/// <summary>Signature V4 from the client's side, written plainly from the specification, apart from the server's code.</summary>
public sealed class S3Signer(string accessKey, string secretKey, string region)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Signs headers.</summary>
    /// <returns>The Authorization header, and the signature in it.</returns>
    public (string Authorization, string Signature) Sign(
        string method,
        string encodedPath,
        IEnumerable<(string Name, string Value)> query,
        IReadOnlyDictionary<string, string> headers,
        string payload,
        DateTimeOffset time)
    {
        var names = headers.Keys.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal).ToList();
        var signedHeaders = string.Join(';', names);
        var canonicalHeaders = string.Concat(names.Select(name => $"{name}:{Collapse(headers[name])}\n"));
        var canonical = $"{method}\n{encodedPath}\n{CanonicalQuery(query)}\n{canonicalHeaders}\n{signedHeaders}\n{payload}";
        var signature = SignText($"{Algorithm}\n{Format(time)}\n{Scope(time)}\n{Hash(Encoding.UTF8.GetBytes(canonical))}", time);
        return ($"{Algorithm} Credential={accessKey}/{Scope(time)},SignedHeaders={signedHeaders},Signature={signature}", signature);
    }

    /// <summary>The query of a presigned URL, signature and all, encoded.</summary>
    public string Presign(
        string method,
        string encodedPath,
        IEnumerable<(string Name, string Value)> query,
        string host,
        DateTimeOffset time,
        string expires)
    {
        List<(string Name, string Value)> all =
        [
            .. query, ("X-Amz-Algorithm", Algorithm), ("X-Amz-Credential", $"{accessKey}/{Scope(time)}"),
            ("X-Amz-Date", Format(time)), ("X-Amz-Expires", expires), ("X-Amz-SignedHeaders", "host"),
        ];
        var canonicalQuery = CanonicalQuery(all);
        var canonical = $"{method}\n{encodedPath}\n{canonicalQuery}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD";
        var signature = SignText($"{Algorithm}\n{Format(time)}\n{Scope(time)}\n{Hash(Encoding.UTF8.GetBytes(canonical))}", time);
        return $"{canonicalQuery}&X-Amz-Signature={signature}";
    }

    /// <summary>Puts a body into aws-chunked coding.</summary>
    public byte[] Chunk(S3Request request, string seed, DateTimeOffset time)
    {
        using var encoded = new MemoryStream();
        var isSigned = request.Payload != PayloadMode.UnsignedTrailer;
        var previous = seed;
        var body = request.Body ?? [];
        for (var offset = 0; ; offset += request.ChunkBytes)
        {
            var data = body.AsSpan(Math.Min(offset, body.Length), Math.Clamp(body.Length - offset, 0, request.ChunkBytes));
            previous = SignText(
                $"{Algorithm}-PAYLOAD\n{Format(time)}\n{Scope(time)}\n{previous}\n{Hash([])}\n{Hash(data)}", time);
            Write(encoded, $"{data.Length:x}{(isSigned ? ";chunk-signature=" + previous : "")}\r\n");
            if (data.IsEmpty)
            {
                break;
            }

            encoded.Write(data);
            Write(encoded, "\r\n");
        }

        if (request.Trailer is { } trailer)
        {
            Write(encoded, $"{trailer.Name}:{trailer.Value}\r\n");
            if (isSigned)
            {
                var hash = Hash(Encoding.UTF8.GetBytes($"{trailer.Name}:{trailer.Value}\n"));
                var signature = SignText($"{Algorithm}-TRAILER\n{Format(time)}\n{Scope(time)}\n{previous}\n{hash}", time);
                Write(encoded, $"x-amz-trailer-signature:{signature}\r\n");
            }
        }

        Write(encoded, "\r\n");
        return encoded.ToArray();
    }

    /// <summary>Percent-encodes as Signature V4 wants it.</summary>
    public static string Encode(string text, bool keepSlash)
    {
        var builder = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            var c = (char)b;
            _ = char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' || (keepSlash && c == '/')
                ? builder.Append(c)
                : builder.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return builder.ToString();
    }

    /// <summary>Lower-case hex SHA-256.</summary>
    public static string Hash(ReadOnlySpan<byte> data) => Convert.ToHexStringLower(SHA256.HashData(data));

    /// <summary>The time as it stands in x-amz-date.</summary>
    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>Encoded and sorted.</summary>
    public static string CanonicalQuery(IEnumerable<(string Name, string Value)> query) => string.Join(
        '&',
        query.Select(pair => (Name: Encode(pair.Name, keepSlash: false), Value: Encode(pair.Value, keepSlash: false)))
            .OrderBy(pair => pair.Name, StringComparer.Ordinal)
            .ThenBy(pair => pair.Value, StringComparer.Ordinal)
            .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Collapse(string value) =>
        string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static void Write(MemoryStream stream, string text) => stream.Write(Encoding.ASCII.GetBytes(text));

    private string Scope(DateTimeOffset time) => $"{Format(time)[..8]}/{region}/s3/aws4_request";

    private string SignText(string text, DateTimeOffset time)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretKey);
        foreach (var part in Scope(time).Split('/'))
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)));
    }
}
