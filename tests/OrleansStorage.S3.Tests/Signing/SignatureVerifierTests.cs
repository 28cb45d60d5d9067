using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Signing;
using Xunit;

namespace OrleansStorage.S3.Tests.Signing;

public sealed class SignatureVerifierTests
{
    private const string Usual = "host;x-amz-content-sha256;x-amz-date";

    [Theory]
    [InlineData("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    [InlineData("/?prefix=J&max-keys=2", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public async Task DocumentedListings_AreVerified(string target, string signature)
    {
        var authentication = await AwsExamples.VerifyAsync("GET", target, AwsExamples.Headers(Usual, signature));

        Assert.Equal("owner", authentication.Caller.OwnerId);
        Assert.Equal(PayloadForm.Signed, authentication.Payload.Form);
    }

    [Fact]
    public async Task DocumentedGetWithRange_IsVerified() => await AwsExamples.VerifyAsync(
        "GET",
        "/test.txt",
        AwsExamples.Headers(
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ("Range", "bytes=0-9")));

    [Theory]
    [InlineData("/test$file.text")]
    [InlineData("/test%24file.text")]
    public async Task DocumentedPut_IsVerified_HoweverItsPathIsEncoded(string target) => await AwsExamples.VerifyAsync(
        "PUT",
        target,
        AwsExamples.Headers(
            "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
            ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")));

    [Fact]
    public async Task DocumentedPresignedUrl_IsVerified_UntilItExpires()
    {
        const string Target =
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3"
            + "%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        var headers = new HeaderDictionary { ["Host"] = "examplebucket.s3.amazonaws.com" };

        await AwsExamples.VerifyAsync("GET", Target, headers);
        await AwsExamples.VerifyAsync("GET", Target, headers, AwsExamples.Time.AddDays(1));
        await RefusedAsync(
            S3ErrorCode.AccessDenied,
            () => AwsExamples.VerifyAsync("GET", Target, headers, AwsExamples.Time.AddDays(1).AddSeconds(1)));
        await RefusedAsync(
            S3ErrorCode.AccessDenied,
            () => AwsExamples.VerifyAsync("GET", Target, headers, AwsExamples.Time.AddMinutes(-16)));
        await RefusedAsync(
            S3ErrorCode.SignatureDoesNotMatch,
            () => AwsExamples.VerifyAsync("GET", Target.Replace("86400", "86401", StringComparison.Ordinal), headers));
        await RefusedAsync(S3ErrorCode.SignatureDoesNotMatch, () => AwsExamples.VerifyAsync("PUT", Target, headers));
    }

    [Theory]
    [InlineData("X-Amz-Expires=0", "AccessDenied")]
    [InlineData("X-Amz-Expires=-1", "AccessDenied")]
    [InlineData("X-Amz-Expires=604801", "AuthorizationQueryParametersError")]
    [InlineData("X-Amz-Expires=soon", "AuthorizationQueryParametersError")]
    [InlineData("", "AuthorizationQueryParametersError")]
    public async Task PresignedUrl_WithImpossibleExpiry_IsRefused(string expires, string code)
    {
        var refusal = await Assert.ThrowsAsync<S3Exception>(() => AwsExamples.VerifyAsync(
            "GET",
            $"/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={AwsExamples.Credential}&X-Amz-Date=20130524T000000Z"
            + $"&{expires}&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
            new HeaderDictionary { ["Host"] = "h" }));

        Assert.Equal(code, refusal.Error.Code);
    }

    [Fact]
    public async Task AnyChange_BreaksTheSignature()
    {
        const string Signature = "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7";
        const string Target = "/?max-keys=2&prefix=J";
        HeaderDictionary[] changed =
        [
            AwsExamples.Headers(Usual, Signature[..^1] + "8"),
            AwsExamples.Headers(Usual, Signature[..^2]),
            AwsExamples.Headers(Usual, Signature + "00"),
            AwsExamples.Headers(Usual, "not hex at all"),
            AwsExamples.Headers(Usual, Signature, ("Host", "other")),
            AwsExamples.Headers(Usual, Signature, ("x-amz-content-sha256", "UNSIGNED-PAYLOAD")),
            AwsExamples.Headers(Usual, Signature, ("x-amz-date", "20130524T000001Z")),
        ];
        foreach (var headers in changed)
        {
            await RefusedAsync(S3ErrorCode.SignatureDoesNotMatch, () => AwsExamples.VerifyAsync("GET", Target, headers));
        }

        var right = AwsExamples.Headers(Usual, Signature);
        await RefusedAsync(S3ErrorCode.SignatureDoesNotMatch, () => AwsExamples.VerifyAsync("HEAD", Target, right));
        await RefusedAsync(S3ErrorCode.SignatureDoesNotMatch, () => AwsExamples.VerifyAsync("GET", Target + "&x", right));
        await RefusedAsync(
            S3ErrorCode.SignatureDoesNotMatch, () => AwsExamples.VerifyAsync("GET", "/a?max-keys=2&prefix=J", right));
    }

    [Fact]
    public async Task UnsignedAmzHeader_IsNotBelieved()
    {
        var headers = AwsExamples.Headers(
            Usual, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", ("x-amz-acl", "private"));

        var refusal = await RefusedAsync(
            S3ErrorCode.AccessDenied, () => AwsExamples.VerifyAsync("GET", "/?lifecycle", headers));

        Assert.Contains(new("HeadersNotSigned", "x-amz-acl"), refusal.Details);
    }

    [Theory]
    [InlineData(15, true)]
    [InlineData(-15, true)]
    [InlineData(16, false)]
    [InlineData(-16, false)]
    public async Task Clock_MayBeFifteenMinutesOff(int minutes, bool isBelieved)
    {
        var headers = AwsExamples.Headers(Usual, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
        var now = AwsExamples.Time.AddMinutes(minutes);

        if (isBelieved)
        {
            await AwsExamples.VerifyAsync("GET", "/?lifecycle", headers, now);
        }
        else
        {
            await RefusedAsync(
                S3ErrorCode.RequestTimeTooSkewed, () => AwsExamples.VerifyAsync("GET", "/?lifecycle", headers, now));
        }
    }

    [Fact]
    public async Task CachedKey_IsNotUsed_OnceTheSecretChanged()
    {
        var store = new ChangingCredentials();
        var verifier = new SignatureVerifier(store, new S3Options { TimeProvider = new TimeAt(AwsExamples.Time) });
        var target = S3.Requests.RequestTarget.Parse("/?lifecycle", "h", []);
        var headers = AwsExamples.Headers(Usual, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
        await verifier.VerifyAsync("GET", target, headers, default);
        await verifier.VerifyAsync("GET", target, headers, default);

        store.Current = new(AwsExamples.AccessKey, "another secret", "owner", "Owner");
        await RefusedAsync(
            S3ErrorCode.SignatureDoesNotMatch, async () => await verifier.VerifyAsync("GET", target, headers, default));
        store.Current = null;
        await RefusedAsync(
            S3ErrorCode.InvalidAccessKeyId, async () => await verifier.VerifyAsync("GET", target, headers, default));
    }

    /// <summary>The bound is what a request costs today and some room; it is there to be seen when it is crossed.</summary>
    [Fact]
    public async Task KnownKey_IsVerified_WithFewAllocations()
    {
        const int Rounds = 200;
        var verifier = AwsExamples.VerifierAt(AwsExamples.Time);
        var target = S3.Requests.RequestTarget.Parse("/test.txt", "h", []);
        var headers = AwsExamples.Headers(
            "host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
            ("Range", "bytes=0-9"));
        await verifier.VerifyAsync("GET", target, headers, default);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
        {
            var verification = verifier.VerifyAsync("GET", target, headers, default);
            Assert.True(verification.IsCompletedSuccessfully, "A cached key must be verified without waiting.");
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds, 0, 512);
    }

    public static TheoryData<string, string> Malformed => new()
    {
        { "", "AccessDenied" },
        { "AWS AKID:c2ln", "InvalidRequest" },
        { "AWS nonsense", "InvalidArgument" },
        { "Bearer token", "InvalidArgument" },
        { "AWS4-HMAC-SHA256", "InvalidArgument" },
        { "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host", "AuthorizationHeaderMalformed" },
        { "AWS4-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=00", "AuthorizationHeaderMalformed" },
        { "AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s4/aws4_request,SignedHeaders=host,Signature=00", "AuthorizationHeaderMalformed" },
        { "AWS4-HMAC-SHA256 Credential=a/20130524/mars-1/s3/aws4_request,SignedHeaders=host,Signature=00", "AuthorizationHeaderMalformed" },
        { "AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request,SignedHeaders=host,Signature=00", "InvalidAccessKeyId" },
        { "AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/s3/aws4_request,SignedHeaders=date,Signature=00", "AccessDenied" },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public async Task MalformedAuthorization_IsNamedAsSuch(string authorization, string code)
    {
        var headers = AwsExamples.Headers(Usual, "00");
        headers["Authorization"] = authorization;

        var refusal = await Assert.ThrowsAsync<S3Exception>(() => AwsExamples.VerifyAsync("GET", "/", headers));

        Assert.Equal(code, refusal.Error.Code);
    }

    [Theory]
    [InlineData("/?AWSAccessKeyId=a&Signature=b&Expires=99999999999", "InvalidRequest")]
    [InlineData("/?AWSAccessKeyId=a&Signature=b&Expires=1", "AccessDenied")]
    [InlineData("/", "AccessDenied")]
    public async Task OldOrMissingSignature_IsRefused(string target, string code)
    {
        var refusal = await Assert.ThrowsAsync<S3Exception>(
            () => AwsExamples.VerifyAsync("GET", target, new HeaderDictionary { ["Host"] = "h" }));

        Assert.Equal(code, refusal.Error.Code);
    }

    [Fact]
    public async Task MissingPayloadHash_IsRefused()
    {
        var headers = AwsExamples.Headers(Usual, "00");
        headers.Remove("x-amz-content-sha256");

        await RefusedAsync(S3ErrorCode.InvalidRequest, () => AwsExamples.VerifyAsync("GET", "/", headers));
        headers["x-amz-content-sha256"] = "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD";
        await RefusedAsync(S3ErrorCode.InvalidArgument, () => AwsExamples.VerifyAsync("GET", "/", headers));
    }

    private static async Task<S3Exception> RefusedAsync(S3ErrorCode expected, Func<Task> verification)
    {
        var refusal = await Assert.ThrowsAsync<S3Exception>(verification);
        Assert.Equal(expected, refusal.Error);
        return refusal;
    }

    private sealed class ChangingCredentials : Credentials.ICredentialStore
    {
        public Credentials.S3Credential? Current { get; set; } =
            new(AwsExamples.AccessKey, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "owner", "Owner");

        public ValueTask<Credentials.S3Credential?> FindAsync(string accessKeyId, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Current);
    }

    private sealed class TimeAt(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
