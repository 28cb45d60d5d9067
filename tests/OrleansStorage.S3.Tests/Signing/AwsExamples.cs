using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Signing;

namespace OrleansStorage.S3.Tests.Signing;

/// <summary>The examples of the Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)".</summary>
internal static class AwsExamples
{
    public const string AccessKey = "AKIAIOSFODNN7EXAMPLE";
    public const string Credential = AccessKey + "/20130524/us-east-1/s3/aws4_request";
    public const string EmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    public static DateTimeOffset Time { get; } = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    public static StaticCredentialStore Credentials { get; } =
        new([new S3Credential(AccessKey, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "owner", "Owner")]);

    public static SignatureVerifier VerifierAt(DateTimeOffset now) =>
        new(Credentials, new S3Options { TimeProvider = new FixedTime(now) });

    public static async Task<Authentication> VerifyAsync(
        string method, string target, IHeaderDictionary headers, DateTimeOffset? now = null) =>
        await VerifierAt(now ?? Time).VerifyAsync(
            method, RequestTarget.Parse(target, "examplebucket.s3.amazonaws.com", []), headers, default);

    public static HeaderDictionary Headers(string signedHeaders, string signature, params (string Name, string Value)[] others)
    {
        var headers = new HeaderDictionary
        {
            ["Host"] = "examplebucket.s3.amazonaws.com",
            ["x-amz-date"] = "20130524T000000Z",
            ["x-amz-content-sha256"] = EmptySha256,
            ["Authorization"] = $"AWS4-HMAC-SHA256 Credential={Credential},SignedHeaders={signedHeaders},Signature={signature}",
        };
        foreach (var (name, value) in others)
        {
            headers[name] = value;
        }

        return headers;
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
