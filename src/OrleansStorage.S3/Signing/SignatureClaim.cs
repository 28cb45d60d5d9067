using System.Globalization;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;

namespace OrleansStorage.S3.Signing;

/// <summary>What a request claims about its signature: parsed, and not yet believed.</summary>
/// <remarks>
/// Spec: AWS Signature Version 4, "Authorization header" and "Query string" forms.
/// <code>
/// Authorization: AWS4-HMAC-SHA256 Credential=ID/20130524/us-east-1/s3/aws4_request, SignedHeaders=a;b, Signature=hex
/// ?X-Amz-Algorithm=AWS4-HMAC-SHA256&amp;X-Amz-Credential=…&amp;X-Amz-Date=…&amp;X-Amz-Expires=…&amp;X-Amz-SignedHeaders=…&amp;X-Amz-Signature=…
/// </code>
/// </remarks>
internal readonly struct SignatureClaim
{
    /// <summary>The only algorithm that is accepted.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Longest life of a presigned URL, in seconds: seven days.</summary>
    public const int ExpiresSecondsMax = 604_800;

    private const string V2Message =
        "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";

    /// <summary>The signature is in the query.</summary>
    public bool IsPresigned { get; private init; }

    /// <summary>Access key and scope.</summary>
    public ReadOnlyMemory<char> Credential { get; private init; }

    /// <summary>Lower-case names, separated by semicolons.</summary>
    public ReadOnlyMemory<char> SignedHeaders { get; private init; }

    /// <summary>64 hex digits, if the client is right.</summary>
    public ReadOnlyMemory<char> Signature { get; private init; }

    /// <summary>When it was signed.</summary>
    public DateTimeOffset Time { get; private init; }

    /// <summary>Life from <see cref="Time"/>, in seconds; 0 unless presigned.</summary>
    public int ExpiresSeconds { get; private init; }

    /// <summary>Whether a header takes part in the signature.</summary>
    public bool Signs(ReadOnlySpan<char> headerName)
    {
        foreach (var range in SignedHeaders.Span.Split(';'))
        {
            if (SignedHeaders.Span[range].Equals(headerName, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Reads the claim of a request.</summary>
    /// <param name="query">Of the request.</param>
    /// <param name="headers">Of the request.</param>
    /// <param name="now">Our time.</param>
    /// <exception cref="S3Exception">AccessDenied for an anonymous request; otherwise what is malformed.</exception>
    public static SignatureClaim Read(QueryParameters query, IHeaderDictionary headers, DateTimeOffset now)
    {
        var authorization = headers.Authorization;
        if (authorization.Count > 0)
        {
            return authorization.Count == 1
                ? ReadHeader(authorization[0] ?? "", headers)
                : throw S3Exception.Argument("Authorization", authorization.ToString(), "Only one auth mechanism allowed.");
        }

        if (query.Count > 0 && (query.Has("X-Amz-Algorithm") || query.Has("X-Amz-Signature") || query.Has("X-Amz-Credential")))
        {
            return ReadQuery(query);
        }

        throw query.Has("AWSAccessKeyId") && query.Has("Signature")
            ? PresignedV2(query, now)
            : new S3Exception(S3ErrorCode.AccessDenied);
    }

    private static S3Exception PresignedV2(QueryParameters query, DateTimeOffset now) =>
        long.TryParse(query.Find("Expires"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var expires)
        && expires < now.ToUnixTimeSeconds()
            ? new S3Exception(S3ErrorCode.AccessDenied, "Request has expired")
            : new S3Exception(S3ErrorCode.InvalidRequest, V2Message);

    private static SignatureClaim ReadHeader(string authorization, IHeaderDictionary headers)
    {
        if (!authorization.StartsWith(Algorithm, StringComparison.Ordinal)
            || authorization.Length == Algorithm.Length || authorization[Algorithm.Length] != ' ')
        {
            throw OtherScheme(authorization);
        }

        ReadOnlyMemory<char> credential = default, signedHeaders = default, signature = default;
        var rest = authorization.AsMemory(Algorithm.Length + 1);
        foreach (var range in rest.Span.Split(','))
        {
            var field = rest[range].Trim();
            var separator = field.Span.IndexOf('=');
            var name = separator < 0 ? field.Span : field.Span[..separator];
            var value = separator < 0 ? default : field[(separator + 1)..];
            switch (name)
            {
                case "Credential": credential = value; break;
                case "SignedHeaders": signedHeaders = value; break;
                case "Signature": signature = value; break;
            }
        }

        if (credential.IsEmpty || signedHeaders.IsEmpty || signature.IsEmpty)
        {
            throw new S3Exception(S3ErrorCode.AuthorizationHeaderMalformed);
        }

        return new SignatureClaim
        {
            Credential = credential,
            SignedHeaders = signedHeaders,
            Signature = signature,
            Time = ReadTime(headers),
        };
    }

    private static DateTimeOffset ReadTime(IHeaderDictionary headers)
    {
        var amzDate = headers["x-amz-date"];
        var text = amzDate.Count > 0 ? amzDate.ToString() : headers.Date.ToString();
        return AmzDate.TryParseHttp(text, out var time)
            ? time
            : throw new S3Exception(
                S3ErrorCode.AccessDenied, "AWS authentication requires a valid Date or x-amz-date header");
    }

    private static S3Exception OtherScheme(string authorization)
    {
        if (string.IsNullOrWhiteSpace(authorization))
        {
            return new S3Exception(S3ErrorCode.AccessDenied);
        }

        var isV2 = authorization.StartsWith("AWS ", StringComparison.Ordinal);
        if (isV2 && authorization.Contains(':', StringComparison.Ordinal))
        {
            return new S3Exception(S3ErrorCode.InvalidRequest, V2Message);
        }

        return S3Exception.Argument(
            "Authorization",
            authorization,
            isV2
                ? "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature"
                : "Unsupported Authorization Type");
    }

    private static SignatureClaim ReadQuery(QueryParameters query)
    {
        if (query.Find("X-Amz-Algorithm") != Algorithm)
        {
            throw Malformed("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\"");
        }

        if (!AmzDate.TryParseBasic(query.Find("X-Amz-Date"), out var time))
        {
            throw Malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"");
        }

        if (!int.TryParse(
                query.Find("X-Amz-Expires"), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var expires)
            || expires > ExpiresSecondsMax)
        {
            throw Malformed("X-Amz-Expires must be between 1 and 604800 seconds");
        }

        if (expires < 1)
        {
            // A life of nothing or less was over before it began.
            throw new S3Exception(S3ErrorCode.AccessDenied, "Request has expired");
        }

        var claim = new SignatureClaim
        {
            IsPresigned = true,
            Credential = query.Find("X-Amz-Credential").AsMemory(),
            SignedHeaders = query.Find("X-Amz-SignedHeaders").AsMemory(),
            Signature = query.Find("X-Amz-Signature").AsMemory(),
            Time = time,
            ExpiresSeconds = expires,
        };
        return claim.Credential.IsEmpty || claim.SignedHeaders.IsEmpty || claim.Signature.IsEmpty
            ? throw Malformed(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
                + "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
            : claim;
    }

    private static S3Exception Malformed(string message) =>
        new(S3ErrorCode.AuthorizationQueryParametersError, message);
}
