using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;

namespace OrleansStorage.S3.Signing;

/// <summary>Verifies Signature V4 of requests, in headers or presigned.</summary>
internal sealed class SignatureVerifier(ICredentialStore credentials, S3Options options)
{
    private const int StackBytes = 1536;

    private readonly SigningKeyCache _keys = new(options.SigningKeyCacheSize);

    /// <summary>Proves who sent a request.</summary>
    /// <exception cref="S3Exception">Why it is not believed.</exception>
    public async ValueTask<Authentication> VerifyAsync(
        string method, RequestTarget target, IHeaderDictionary headers, CancellationToken cancellationToken)
    {
        var now = options.TimeProvider.GetUtcNow();
        var claim = SignatureClaim.Read(target.Query, headers, now);
        CheckTime(claim, now);
        var payload = ReadPayload(claim, target.Query, headers);
        CheckHeadersAreSigned(claim, headers);

        var cached = _keys.Find(claim.Credential.Span);
        var accessKeyId = cached?.Credential.AccessKeyId ?? ReadAccessKey(claim);
        var credential = await credentials.FindAsync(accessKeyId, cancellationToken)
            ?? throw new S3Exception(S3ErrorCode.InvalidAccessKeyId) { Details = [new("AWSAccessKeyId", accessKeyId)] };
        var key = cached is not null && (ReferenceEquals(cached.Credential, credential) || cached.Credential == credential)
            ? cached
            : Derive(claim, credential);

        CheckSignature(method, target, headers, claim, payload, key);
        if (key != cached)
        {
            _keys.Keep(claim.Credential.ToString(), key);
        }

        return new Authentication(key, payload, claim.Time, payload.HasChunkSignatures ? claim.Signature.ToString() : "");
    }

    private static SigningKey Derive(SignatureClaim claim, S3Credential credential)
    {
        _ = CredentialScope.TryParse(claim.Credential.Span, out var scope);
        return SigningKey.Derive(credential, scope);
    }

    private void CheckTime(SignatureClaim claim, DateTimeOffset now)
    {
        if (!claim.IsPresigned)
        {
            if ((now - claim.Time).Duration() > options.ClockSkewMax)
            {
                throw new S3Exception(S3ErrorCode.RequestTimeTooSkewed)
                {
                    Details =
                    [
                        new("RequestTime", AmzDate.ToIso(claim.Time)),
                        new("ServerTime", AmzDate.ToIso(now)),
                        new("MaxAllowedSkewMilliseconds", ((long)options.ClockSkewMax.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)),
                    ],
                };
            }

            return;
        }

        if (claim.Time - now > options.ClockSkewMax)
        {
            throw new S3Exception(S3ErrorCode.AccessDenied, "Request is not yet valid");
        }

        if (now > claim.Time.AddSeconds(claim.ExpiresSeconds))
        {
            throw new S3Exception(S3ErrorCode.AccessDenied, "Request has expired")
            {
                Details =
                [
                    new("X-Amz-Expires", claim.ExpiresSeconds.ToString(CultureInfo.InvariantCulture)),
                    new("Expires", AmzDate.ToIso(claim.Time.AddSeconds(claim.ExpiresSeconds))),
                    new("ServerTime", AmzDate.ToIso(now)),
                ],
            };
        }
    }

    private static PayloadClaim ReadPayload(SignatureClaim claim, QueryParameters query, IHeaderDictionary headers)
    {
        const string Header = "x-amz-content-sha256";
        if (claim.IsPresigned)
        {
            var value = query.Find("X-Amz-Content-Sha256") ?? (claim.Signs(Header) ? headers[Header].ToString() : null);
            return value is null ? PayloadClaim.Unsigned : PayloadClaim.Parse(value);
        }

        var values = headers[Header];
        return values.Count == 0
            ? throw new S3Exception(S3ErrorCode.InvalidRequest, "Missing required header for this request: x-amz-content-sha256")
            : PayloadClaim.Parse(values.Count == 1 ? values[0] ?? "" : values.ToString());
    }

    private static void CheckHeadersAreSigned(SignatureClaim claim, IHeaderDictionary headers)
    {
        if (!claim.Signs("host"))
        {
            throw NotSigned("host");
        }

        foreach (var (name, _) in headers)
        {
            // The date and the payload hash enter what is signed by other ways.
            if (name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
                && !claim.Signs(name)
                && !name.Equals("x-amz-date", StringComparison.OrdinalIgnoreCase)
                && !name.Equals("x-amz-content-sha256", StringComparison.OrdinalIgnoreCase))
            {
                throw NotSigned(name);
            }
        }
    }

    private static S3Exception NotSigned(string name) =>
        new(S3ErrorCode.AccessDenied, "There were headers present in the request which were not signed")
        {
            Details = [new("HeadersNotSigned", name.ToLowerInvariant())],
        };

    private string ReadAccessKey(SignatureClaim claim)
    {
        var malformed = claim.IsPresigned
            ? S3ErrorCode.AuthorizationQueryParametersError
            : S3ErrorCode.AuthorizationHeaderMalformed;
        if (!CredentialScope.TryParse(claim.Credential.Span, out var scope))
        {
            throw new S3Exception(
                malformed, "The credential is malformed; expecting \"<YOUR-AKID>/YYYYMMDD/REGION/s3/aws4_request\".");
        }

        if (!scope.Region.SequenceEqual(options.Region))
        {
            throw new S3Exception(malformed, $"The region '{scope.Region}' is wrong; expecting '{options.Region}'")
            {
                Details = [new("Region", options.Region)],
            };
        }

        return scope.AccessKeyId.ToString();
    }

    private static void CheckSignature(
        string method,
        in RequestTarget target,
        IHeaderDictionary headers,
        in SignatureClaim claim,
        in PayloadClaim payload,
        SigningKey key)
    {
        Span<char> time = stackalloc char[16];
        FormatTime(claim.Time, time);
        if (!key.Scope.AsSpan(0, 8).SequenceEqual(time[..8]))
        {
            throw new S3Exception(
                S3ErrorCode.SignatureDoesNotMatch, "The day in the credential is not the day of the request.");
        }

        var canonical = new PooledBytes(stackalloc byte[StackBytes]);
        CanonicalRequest.Append(ref canonical, method, target, headers, claim.SignedHeaders.Span, payload.Text);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical.Written, hash);

        var toSign = new PooledBytes(stackalloc byte[256]);
        toSign.Append("AWS4-HMAC-SHA256\n"u8);
        toSign.Append(time);
        toSign.Append((byte)'\n');
        toSign.Append(key.Scope);
        toSign.Append((byte)'\n');
        toSign.AppendHex(hash);
        key.Sign(toSign.Written, hash);

        var matches = Matches(claim.Signature.Span, hash);
        var failure = matches ? null : Mismatch(claim, key, toSign.Written, canonical.Written);
        canonical.Dispose();
        toSign.Dispose();
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>Compares a hex signature with the right one, in time that does not depend on where they differ.</summary>
    internal static bool Matches(ReadOnlySpan<char> hexSignature, ReadOnlySpan<byte> expected)
    {
        Span<byte> given = stackalloc byte[SHA256.HashSizeInBytes];
        return Convert.FromHexString(hexSignature, given, out var consumed, out var written) == System.Buffers.OperationStatus.Done
            && consumed == hexSignature.Length
            && CryptographicOperations.FixedTimeEquals(given[..written], expected);
    }

    /// <summary>Writes a time as <c>20130524T000000Z</c>.</summary>
    /// <param name="time">UTC.</param>
    /// <param name="destination">16 characters.</param>
    internal static void FormatTime(DateTimeOffset time, Span<char> destination) =>
        time.UtcDateTime.TryFormat(destination, out _, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static S3Exception Mismatch(
        in SignatureClaim claim, SigningKey key, ReadOnlySpan<byte> stringToSign, ReadOnlySpan<byte> canonicalRequest) =>
        new(S3ErrorCode.SignatureDoesNotMatch)
        {
            Details =
            [
                new("AWSAccessKeyId", key.Credential.AccessKeyId),
                new("StringToSign", Encoding.UTF8.GetString(stringToSign)),
                new("SignatureProvided", claim.Signature.ToString()),
                new("CanonicalRequest", Encoding.UTF8.GetString(canonicalRequest)),
            ],
        };
}
