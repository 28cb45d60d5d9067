using System.Security.Cryptography;
using System.Text;
using OrleansStorage.S3.Client;
using Xunit;

namespace OrleansStorage.S3.Tests.Endpoint;

public sealed class BucketTests(S3Host host) : IClassFixture<S3Host>
{
    private S3TestClient Client => host.Client;

    [Theory]
    [InlineData("ab")]
    [InlineData("Upper")]
    [InlineData("under_score")]
    [InlineData("-dash")]
    [InlineData("dot..dot")]
    [InlineData("192.168.1.1")]
    [InlineData("xn--name")]
    public async Task Name_AgainstTheRules_IsRefused(string name) =>
        Assert.Equal("InvalidBucketName", (await Client.CreateBucketAsync(name)).Require(400).ErrorCode);

    [Fact]
    public async Task Bucket_OfAnotherOwner_IsClosed()
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "key", [1]);

        Assert.Equal("BucketAlreadyExists", (await host.Other.CreateBucketAsync(bucket)).Require(409).ErrorCode);
        (await Client.CreateBucketAsync(bucket)).Require(200);
        S3Response[] refused =
        [
            await host.Other.GetAsync(bucket, "key"), await host.Other.PutAsync(bucket, "key", [2]), await host.Other.DeleteAsync(bucket, "key"),
            await host.Other.ListAsync(bucket), await host.Other.DeleteBucketAsync(bucket),
        ];
        Assert.All(refused, answer => Assert.Equal("AccessDenied", answer.Require(403).ErrorCode));
        (await host.Other.HeadAsync(bucket, "key")).Require(403);
        Assert.DoesNotContain(bucket, (await host.Other.SendAsync(new S3Request { Method = "GET" })).Values("Name"));
    }

    [Fact]
    public async Task Copy_FromABucketOfAnotherOwner_IsRefused()
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "key", [1]);
        var own = bucket + "-other";
        (await host.Other.CreateBucketAsync(own)).Require(200);

        var copy = await host.Other.PutAsync(own, "to", [], PayloadMode.SignedPayload, ("x-amz-copy-source", $"{bucket}/key"));

        Assert.Equal("AccessDenied", copy.Require(403).ErrorCode);
    }

    [Fact]
    public async Task ExpectedOwner_IsChecked()
    {
        var bucket = await host.CreateBucketAsync();

        (await Client.PutAsync(bucket, "k", [1], PayloadMode.SignedPayload, ("x-amz-expected-bucket-owner", "main-id"))).Require(200);
        (await Client.GetAsync(bucket, "k", ("x-amz-expected-bucket-owner", "alt-id"))).Require(403);
    }

    [Fact]
    public async Task Delete_WantsAnEmptyBucket()
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "key", [1]);

        Assert.Equal("BucketNotEmpty", (await Client.DeleteBucketAsync(bucket)).Require(409).ErrorCode);
        await Client.DeleteAsync(bucket, "key");
        (await Client.DeleteBucketAsync(bucket)).Require(204);
        Assert.Equal("NoSuchBucket", (await Client.ListAsync(bucket)).Require(404).ErrorCode);
    }

    [Fact]
    public async Task ListBuckets_GoesOnWithItsToken()
    {
        var buckets = new List<string> { await host.CreateBucketAsync() };
        buckets.Add(buckets[0] + "-x");
        buckets.Add(buckets[0] + "-y");
        await Client.CreateBucketAsync(buckets[1]);
        await Client.CreateBucketAsync(buckets[2]);

        var first = await PageAsync(("prefix", buckets[0]), ("max-buckets", "2"));
        var second = await PageAsync(("prefix", buckets[0]), ("max-buckets", "2"), ("continuation-token", first.Value("ContinuationToken")));

        Assert.Equal(buckets[..2], first.Values("Name"));
        Assert.Equal(buckets[2..], second.Values("Name"));
        Assert.Equal("", second.Value("ContinuationToken"));
        (await PageAsync(("max-buckets", "0"))).Require(400);

        Task<S3Response> PageAsync(params (string, string)[] query) =>
            Client.SendAsync(new S3Request { Method = "GET", Query = [.. query] });
    }

    [Theory]
    [InlineData("policy", 404, "NoSuchBucketPolicy")]
    [InlineData("tagging", 404, "NoSuchTagSet")]
    [InlineData("cors", 404, "NoSuchCORSConfiguration")]
    [InlineData("lifecycle", 404, "NoSuchLifecycleConfiguration")]
    [InlineData("website", 404, "NoSuchWebsiteConfiguration")]
    [InlineData("encryption", 404, "ServerSideEncryptionConfigurationNotFoundError")]
    [InlineData("object-lock", 404, "ObjectLockConfigurationNotFoundError")]
    [InlineData("publicAccessBlock", 404, "NoSuchPublicAccessBlockConfiguration")]
    [InlineData("ownershipControls", 404, "OwnershipControlsNotFoundError")]
    [InlineData("inventory", 501, "NotImplemented")]
    [InlineData("versioning", 200, "")]
    [InlineData("location", 200, "")]
    [InlineData("acl", 200, "")]
    public async Task Configuration_ThatIsNotThere_SaysSo(string name, int status, string code)
    {
        var bucket = await host.CreateBucketAsync();
        var request = new S3Request { Method = "GET", Bucket = bucket, Query = [(name, "")] };

        Assert.Equal(code, (await Client.SendAsync(request)).Require(status).ErrorCode);
    }

    [Theory]
    [InlineData("PUT", "versioning", 501)]
    [InlineData("PUT", "policy", 501)]
    [InlineData("PUT", "tagging", 501)]
    [InlineData("DELETE", "policy", 204)]
    public async Task Configuration_CannotBeWritten(string method, string name, int status)
    {
        var bucket = await host.CreateBucketAsync();
        var request = new S3Request { Method = method, Bucket = bucket, Query = [(name, "")], Body = method == "PUT" ? "<x/>"u8.ToArray() : null };

        (await Client.SendAsync(request)).Require(status);
    }

    [Theory]
    [InlineData("x-amz-server-side-encryption", "AES256", "NotImplemented")]
    [InlineData("x-amz-tagging", "a=b", "NotImplemented")]
    [InlineData("x-amz-object-lock-mode", "GOVERNANCE", "NotImplemented")]
    [InlineData("x-amz-storage-class", "GLACIER", "NotImplemented")]
    [InlineData("x-amz-storage-class", "NONSENSE", "InvalidStorageClass")]
    [InlineData("x-amz-acl", "public-read", "NotImplemented")]
    [InlineData("x-amz-acl", "nonsense", "InvalidArgument")]
    [InlineData("x-amz-security-token", "t", "InvalidToken")]
    [InlineData("x-amz-acl", "private", "")]
    [InlineData("x-amz-storage-class", "STANDARD", "")]
    public async Task Header_ThatAsksForMore_IsNotIgnored(string name, string value, string code)
    {
        var bucket = await host.CreateBucketAsync();

        var put = await Client.PutAsync(bucket, "key", [1], PayloadMode.SignedPayload, (name, value));

        Assert.Equal(code, put.ErrorCode);
    }

    [Fact]
    public async Task VirtualHost_NamesTheBucket()
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "a/b", [7]);

        var get = await Client.SendAsync(
            new S3Request { Method = "GET", Key = "a/b", Host = $"{bucket}.s3.example.test:{host.Endpoint.Port}" });

        Assert.Equal([7], get.Require(200).Body);
    }

    [Fact]
    public async Task EveryAnswer_HasARequestId_AndHeadErrorsNoBody()
    {
        var first = await Client.HeadAsync("absent-bucket", "key");
        var second = await Client.GetAsync("absent-bucket", "key");

        Assert.Equal((404, 0), (first.Status, first.Body.Length));
        Assert.NotEqual(first.Header("x-amz-request-id"), second.Header("x-amz-request-id"));
        Assert.Equal(second.Header("x-amz-request-id"), second.Value("RequestId"));
        Assert.NotEmpty(second.Value("HostId"));
    }

    [Fact]
    public async Task AnonymousPreflightAndForm_AreRefused()
    {
        var headers = new Dictionary<string, string> { ["host"] = host.Endpoint.Authority };
        Assert.Equal("AccessDenied", (await Client.SendRawAsync("GET", "/b/k", "", headers, null, false)).Require(403).ErrorCode);
        Assert.Equal("BadRequest", (await Client.SendRawAsync("OPTIONS", "/b/k", "", headers, null, false)).Require(400).ErrorCode);
        headers["Origin"] = "http://example.test";
        Assert.Equal("BadRequest", (await Client.SendRawAsync("OPTIONS", "/b/k", "", headers, null, false)).Require(400).ErrorCode);
        headers["Access-Control-Request-Method"] = "GET";
        Assert.Equal("AccessForbidden", (await Client.SendRawAsync("OPTIONS", "/b/k", "", headers, null, false)).Require(403).ErrorCode);
        headers["Content-Type"] = "multipart/form-data; boundary=x";
        Assert.Equal("NotImplemented", (await Client.SendRawAsync("POST", "/b", "", headers, [1], false)).Require(501).ErrorCode);
        Assert.Equal("InvalidURI", (await Client.SendRawAsync("GET", "/b/%zz", "", headers, null, false)).Require(400).ErrorCode);
    }

    [Fact]
    public async Task PresignedUrl_Works_AndBelievesNoOtherHeader()
    {
        var bucket = await host.CreateBucketAsync();
        var put = new S3Request { Method = "PUT", Bucket = bucket, Key = "a b", Body = [1, 2] };
        (await Client.SendPresignedAsync(put)).Require(200);
        Assert.Equal([1, 2], (await Client.SendPresignedAsync(new S3Request { Method = "GET", Bucket = bucket, Key = "a b" })).Require(200).Body);

        put.Headers["x-amz-meta-a"] = "1";
        Assert.Equal("AccessDenied", (await Client.SendPresignedAsync(put)).Require(403).ErrorCode);
        (await Client.SendPresignedAsync(
            new S3Request { Method = "GET", Bucket = bucket, Key = "a b", Time = DateTimeOffset.UnixEpoch })).Require(403);
    }

    [Fact]
    public async Task DeleteObjects_AnswersForEachKey()
    {
        var bucket = await host.CreateBucketAsync();
        var etag = (await Client.PutAsync(bucket, "a&b", [1])).ETag;
        await Client.PutAsync(bucket, "keep", [1]);

        var answer = (await DeleteAsync(
            $"<Object><Key>a&amp;b</Key><ETag>\"{etag}\"</ETag></Object><Object><Key>absent</Key></Object>"
            + "<Object><Key>keep</Key><ETag>x</ETag></Object>")).Require(200);

        Assert.Equal(["a&b", "absent"], answer.Xml.Elements().Where(x => x.Name.LocalName == "Deleted").Select(x => x.Value));
        Assert.Equal("PreconditionFailed", answer.Value("Code"));
        (await Client.HeadAsync(bucket, "a&b")).Require(404);
        (await Client.HeadAsync(bucket, "keep")).Require(200);

        var quiet = (await DeleteAsync("<Quiet>true</Quiet><Object><Key>keep</Key></Object>")).Require(200);
        Assert.Empty(quiet.Xml.Elements());
        Assert.Equal("MalformedXML", (await DeleteAsync("")).Require(400).ErrorCode);
        Assert.Equal("MalformedXML", (await DeleteAsync("<Object>")).Require(400).ErrorCode);
        Assert.Equal("MalformedXML", (await DeleteAsync(string.Concat(Enumerable.Repeat("<Object><Key>k</Key></Object>", 1001)))).ErrorCode);
        Assert.Equal("InvalidRequest", (await DeleteAsync("<Object><Key>k</Key></Object>", withMd5: false)).Require(400).ErrorCode);
        Assert.Equal("MalformedXML", (await SendAsync("<!DOCTYPE Delete [<!ENTITY e \"x\">]><Delete><Object><Key>&e;</Key></Object></Delete>", true)).ErrorCode);

        Task<S3Response> DeleteAsync(string inner, bool withMd5 = true) => SendAsync($"<Delete>{inner}</Delete>", withMd5);

        Task<S3Response> SendAsync(string document, bool withMd5)
        {
            var body = Encoding.UTF8.GetBytes(document);
            var request = new S3Request { Method = "POST", Bucket = bucket, Query = [("delete", "")], Body = body };
            if (withMd5)
            {
#pragma warning disable CA5351 // What S3 asks for.
                request.Headers["Content-MD5"] = Convert.ToBase64String(MD5.HashData(body));
#pragma warning restore CA5351
            }

            return Client.SendAsync(request);
        }
    }

    [Fact]
    public async Task Listings_PageThroughEverything()
    {
        var bucket = await host.CreateBucketAsync();
        string[] keys = ["a/1", "a/2", "b", "c/1", "d"];
        foreach (var key in keys)
        {
            await Client.PutAsync(bucket, key, [1]);
        }

        var names = new List<string>();
        var token = "";
        do
        {
            var page = (await Client.ListAsync(
                bucket, token.Length == 0 ? [("delimiter", "/"), ("max-keys", "1")] : [("delimiter", "/"), ("max-keys", "1"), ("continuation-token", token)])).Require(200);
            Assert.Equal("1", page.Value("KeyCount"));
            names.Add(page.Value("Key") + string.Concat(page.Xml.Elements().Where(x => x.Name.LocalName == "CommonPrefixes").Select(x => x.Value)));
            token = page.Value("NextContinuationToken");
        }
        while (token.Length > 0);

        Assert.Equal(["a/", "b", "c/", "d"], names);
        Assert.Equal(["d"], (await Client.ListAsync(bucket, ("start-after", "c/1"))).Values("Key"));

        var v1 = await Client.SendAsync(new S3Request { Method = "GET", Bucket = bucket, Query = [("delimiter", "/"), ("max-keys", "2"), ("marker", "a/")] });
        Assert.Equal(("c/", "true"), (v1.Value("NextMarker"), v1.Value("IsTruncated")));
        Assert.Equal("InvalidArgument", (await Client.ListAsync(bucket, ("max-keys", "-1"))).Require(400).ErrorCode);
        Assert.Equal("InvalidArgument", (await Client.ListAsync(bucket, ("continuation-token", "!"))).Require(400).ErrorCode);
        Assert.Equal("0", (await Client.ListAsync(bucket, ("max-keys", "0"))).Value("KeyCount"));
    }
}
