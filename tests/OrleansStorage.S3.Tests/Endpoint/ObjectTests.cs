using System.Text;
using OrleansStorage.S3.Client;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.S3.Tests.Endpoint;

public sealed class ObjectTests(S3Host host) : IClassFixture<S3Host>
{
    private S3TestClient Client => host.Client;

    public static TheoryData<PayloadMode, int> Bodies
    {
        get
        {
            var data = new TheoryData<PayloadMode, int>();
            foreach (var mode in Enum.GetValues<PayloadMode>())
            {
                foreach (var size in new[] { 0, 1, 4096, 65_536, 300_001 })
                {
                    data.Add(mode, size);
                }
            }

            return data;
        }
    }

    public static TheoryData<string> OddKeys => new()
    {
        "/leading", "a//b", ".", "..", "./a", "../a", "a/../b", "a/./b", "a b", "a+b", "a%20b", "%", "é/ключ", "\ud83d\ude00",
        "a?b#c&d=e", "tab\tnew\nline\u0001", "a\\b", "~!@$^*()_-=[]{}|;':\",<>", new string('k', 1024),
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task Body_InAnyPayloadMode_IsReadBack(PayloadMode mode, int size)
    {
        var bucket = await host.CreateBucketAsync();
        var content = S3Host.Bytes(size);
        using var crc = new RunningChecksum(ChecksumAlgorithm.Crc32C);
        crc.Append(content);
        var checksum = Convert.ToBase64String(crc.Finish());
        var hasTrailer = mode is PayloadMode.ChunkedTrailer or PayloadMode.UnsignedTrailer;

        var put = await Client.SendAsync(new S3Request
        {
            Method = "PUT",
            Bucket = bucket,
            Key = "key",
            Body = content,
            Payload = mode,
            ChunkBytes = 10_000,
            Trailer = hasTrailer ? ("x-amz-checksum-crc32c", checksum) : null,
        });

        put.Require(200);
        var get = (await Client.GetAsync(bucket, "key", ("x-amz-checksum-mode", "ENABLED"))).Require(200);
        Assert.Equal(content, get.Body);
        Assert.Equal(put.ETag, get.ETag);
        Assert.Equal(hasTrailer ? checksum : null, get.Header("x-amz-checksum-crc32c"));
        Assert.Equal(hasTrailer ? checksum : null, put.Header("x-amz-checksum-crc32c"));
        Assert.Null(get.Header("Content-Encoding"));
    }

    [Theory]
    [MemberData(nameof(OddKeys))]
    public async Task Key_OfAnyCharacters_ReachesTheStoreAsItIs(string key)
    {
        var bucket = await host.CreateBucketAsync();

        (await Client.PutAsync(bucket, key, [1])).Require(200);

        Assert.Equal(key, Assert.Single((await host.Store.ListObjectsAsync(bucket, new("", "", "", 10), default)).Objects).Key);
        Assert.Equal([1], (await Client.GetAsync(bucket, key)).Require(200).Body);
        var listed = (await Client.ListAsync(bucket, ("encoding-type", "url"))).Require(200).Value("Key");
        Assert.Equal(key, Uri.UnescapeDataString(listed));
        (await Client.DeleteAsync(bucket, key)).Require(204);
        Assert.Equal("NoSuchKey", (await Client.GetAsync(bucket, key)).Require(404).ErrorCode);
    }

    [Fact]
    public async Task KeyLongerThan1024Bytes_IsRefused()
    {
        var bucket = await host.CreateBucketAsync();

        Assert.Equal("KeyTooLongError", (await Client.PutAsync(bucket, new string('é', 513), [])).Require(400).ErrorCode);
        (await Client.PutAsync(bucket, new string('é', 512), [])).Require(200);
    }

    [Fact]
    public async Task Headers_AreStoredAndGivenBack_WithoutAwsChunked()
    {
        var bucket = await host.CreateBucketAsync();
        (await Client.PutAsync(
            bucket,
            "key",
            [1, 2, 3],
            PayloadMode.Chunked,
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Encoding", "gzip"),
            ("Cache-Control", "max-age=5"),
            ("Content-Disposition", "attachment"),
            ("Content-Language", "de"),
            ("x-amz-meta-One", "a  b"))).Require(200);

        var head = (await Client.HeadAsync(bucket, "key")).Require(200);

        Assert.Equal("text/plain; charset=utf-8", head.Header("Content-Type"));
        Assert.Equal("gzip", head.Header("Content-Encoding"));
        Assert.Equal("max-age=5", head.Header("Cache-Control"));
        Assert.Equal("attachment", head.Header("Content-Disposition"));
        Assert.Equal("de", head.Header("Content-Language"));
        Assert.Equal("a  b", head.Header("x-amz-meta-one"));
        Assert.Equal("3", head.Header("Content-Length"));
        Assert.Equal("bytes", head.Header("Accept-Ranges"));
        Assert.Empty(head.Body);
    }

    [Fact]
    public async Task ResponseOverrides_ReplaceStoredHeaders()
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "key", [1]);

        var get = await Client.SendAsync(new S3Request
        {
            Method = "GET",
            Bucket = bucket,
            Key = "key",
            Query = [("response-content-type", "a/b"), ("response-cache-control", "no-store")],
        });

        Assert.Equal(("a/b", "no-store"), (get.Header("Content-Type"), get.Header("Cache-Control")));
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=10-19", 10, 10)]
    [InlineData("bytes=90-", 90, 10)]
    [InlineData("bytes=95-1000", 95, 5)]
    [InlineData("bytes=-7", 93, 7)]
    [InlineData("bytes=-1000", 0, 100)]
    public async Task Range_IsAnsweredWith206(string range, int offset, int length)
    {
        var bucket = await host.CreateBucketAsync();
        var content = S3Host.Bytes(100);
        await Client.PutAsync(bucket, "key", content);

        var get = (await Client.GetAsync(bucket, "key", ("Range", range))).Require(206);

        Assert.Equal(content.AsSpan(offset, length).ToArray(), get.Body);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/100", get.Header("Content-Range"));
    }

    [Theory]
    [InlineData("bytes=100-", 416)]
    [InlineData("bytes=-0", 416)]
    [InlineData("bytes=5-4", 200)]
    [InlineData("bytes=0-1,5-6", 200)]
    [InlineData("items=0-1", 200)]
    public async Task Range_OutsideOrMalformed(string range, int status)
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "key", S3Host.Bytes(100));

        var get = (await Client.GetAsync(bucket, "key", ("Range", range))).Require(status);

        Assert.Equal(status == 416 ? "InvalidRange" : "", get.ErrorCode);
    }

    [Fact]
    public async Task ReadConditions_FollowTheirPrecedence()
    {
        var bucket = await host.CreateBucketAsync();
        var etag = (await Client.PutAsync(bucket, "key", [1])).ETag;
        const string Past = "Thu, 01 Jan 2015 00:00:00 GMT";
        const string Future = "Fri, 01 Jan 2100 00:00:00 GMT";
        ((string, string)[] Headers, int Status)[] cases =
        [
            ([("If-Match", $"\"{etag}\"")], 200),
            ([("If-Match", "*")], 200),
            ([("If-Match", "\"x\", \"y\"")], 412),
            ([("If-None-Match", $"\"x\", W/\"{etag}\"")], 304),
            ([("If-None-Match", "\"x\"")], 200),
            ([("If-Modified-Since", Past)], 200),
            ([("If-Modified-Since", Future)], 304),
            ([("If-Unmodified-Since", Past)], 412),
            ([("If-Unmodified-Since", Future)], 200),
            ([("If-Match", etag), ("If-Unmodified-Since", Past)], 200),
            ([("If-None-Match", "\"x\""), ("If-Modified-Since", Future)], 200),
            ([("If-None-Match", etag), ("If-Modified-Since", Past)], 304),
        ];
        foreach (var (headers, status) in cases)
        {
            (await Client.HeadAsync(bucket, "key", headers)).Require(status);
            var get = (await Client.GetAsync(bucket, "key", headers)).Require(status);
            Assert.Equal(status == 304 ? etag : get.ETagOr(etag), get.ETagOr(etag));
            Assert.Equal(status == 412 ? "PreconditionFailed" : "", get.ErrorCode);
        }
    }

    [Fact]
    public async Task WriteConditions_AreAnswered()
    {
        var bucket = await host.CreateBucketAsync();
        (await Client.PutAsync(bucket, "key", [1], PayloadMode.SignedPayload, ("If-Match", "*"))).Require(404);
        var etag = (await Client.PutAsync(bucket, "key", [1], PayloadMode.SignedPayload, ("If-None-Match", "*"))).Require(200).ETag;
        var refused = await Client.PutAsync(bucket, "key", [2], PayloadMode.SignedPayload, ("If-None-Match", "*"));
        Assert.Equal("PreconditionFailed", refused.Require(412).ErrorCode);
        (await Client.PutAsync(bucket, "key", [3], PayloadMode.SignedPayload, ("If-Match", $"\"{etag}\""))).Require(200);
        (await Client.PutAsync(bucket, "key", [4], PayloadMode.SignedPayload, ("If-Match", $"\"{etag}\""))).Require(412);

        (await Client.DeleteAsync(bucket, "key", ("If-Match", etag))).Require(412);
        (await Client.DeleteAsync(bucket, "key", ("x-amz-if-match-size", "2"))).Require(412);
        (await Client.DeleteAsync(bucket, "key", ("x-amz-if-match-last-modified-time", "Thu, 01 Jan 2015 00:00:00 GMT"))).Require(412);
        Assert.Equal([3], (await Client.GetAsync(bucket, "key")).Body);
        (await Client.DeleteAsync(bucket, "key", ("x-amz-if-match-size", "1"))).Require(204);
        (await Client.DeleteAsync(bucket, "key", ("If-Match", etag))).Require(204);
    }

    [Fact]
    public async Task WrongDigests_AreRefused_AndNothingIsStored()
    {
        var bucket = await host.CreateBucketAsync();
        var body = Encoding.ASCII.GetBytes("hello");
        (string Name, string Value, string Code)[] cases =
        [
            ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkg==", ""),
            ("Content-MD5", "XUFAKrxLKna5cZ2REBfFkQ==", "BadDigest"),
            ("Content-MD5", "bad", "InvalidDigest"),
            ("x-amz-checksum-crc32", "NhCmhg==", ""),
            ("x-amz-checksum-crc32", "NhCmhQ==", "BadDigest"),
            ("x-amz-checksum-crc32c", "mnG7TA==", ""),
            ("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=", ""),
            ("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", ""),
            ("x-amz-checksum-sha256", "short", "BadDigest"),
            ("x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "BadDigest"),
            ("x-amz-sdk-checksum-algorithm", "CRC32", "InvalidRequest"),
        ];
        foreach (var (name, value, code) in cases)
        {
            var put = await Client.PutAsync(bucket, "key", body, PayloadMode.UnsignedPayload, (name, value));
            Assert.Equal((name, code.Length == 0 ? 200 : 400, code), (name, put.Status, put.ErrorCode));
            (await Client.HeadAsync(bucket, "key")).Require(code.Length == 0 ? 200 : 404);
            await Client.DeleteAsync(bucket, "key");
        }
    }

    [Fact]
    public async Task BodyThatIsNotWhatWasSigned_IsRefused()
    {
        var bucket = await host.CreateBucketAsync();
        foreach (var (mode, code) in new[] { (PayloadMode.SignedPayload, "XAmzContentSHA256Mismatch"), (PayloadMode.Chunked, "SignatureDoesNotMatch") })
        {
            var put = await Client.SendAsync(new S3Request
            {
                Method = "PUT",
                Bucket = bucket,
                Key = "key",
                Body = S3Host.Bytes(1000),
                Payload = mode,
                TamperBody = body =>
                {
                    body[500] ^= 1;
                    return body;
                },
            });
            Assert.Equal(code, put.ErrorCode);
            (await Client.HeadAsync(bucket, "key")).Require(404);
        }
    }

    [Fact]
    public async Task MetadataBeyond2KiB_IsRefused()
    {
        var bucket = await host.CreateBucketAsync();
        var put = await Client.PutAsync(
            bucket, "key", [], PayloadMode.SignedPayload, ("x-amz-meta-a", new string('v', 1500)), ("x-amz-meta-b", new string('v', 600)));
        Assert.Equal("MetadataTooLarge", put.Require(400).ErrorCode);
        (await Client.PutAsync(bucket, "key", [], PayloadMode.SignedPayload, ("x-amz-meta-a", new string('v', 2047)))).Require(200);
    }

    [Fact]
    public async Task ExpectContinue_IsAnsweredBeforeTheBody_WhenRefused()
    {
        var bucket = await host.CreateBucketAsync();
        (await Client.PutAsync(bucket, "key", S3Host.Bytes(100_000), PayloadMode.UnsignedPayload, ("Expect", "100-continue"))).Require(200);

        var refused = await Client.PutAsync(
            bucket + "-absent", "key", S3Host.Bytes(100_000), PayloadMode.UnsignedPayload, ("Expect", "100-continue"));

        Assert.Equal("NoSuchBucket", refused.Require(404).ErrorCode);
        (await Client.PutAsync(bucket, "key", S3Host.Bytes(10), PayloadMode.UnsignedPayload, ("Expect", "100-continue"))).Require(200);
    }

    [Fact]
    public async Task Copy_KeepsOrReplacesMetadata()
    {
        var bucket = await host.CreateBucketAsync();
        var content = S3Host.Bytes(200_000);
        var etag = (await Client.PutAsync(
            bucket, "from/é +", content, PayloadMode.SignedPayload, ("x-amz-meta-a", "1"), ("Content-Type", "a/b"))).ETag;
        var source = $"/{bucket}/{S3Signer.Encode("from/é +", keepSlash: true)}";

        var copy = (await Client.PutAsync(bucket, "copy", [], PayloadMode.SignedPayload, ("x-amz-copy-source", source))).Require(200);
        Assert.Equal($"\"{etag}\"", copy.Value("ETag"));
        var get = await Client.GetAsync(bucket, "copy");
        Assert.Equal(content, get.Body);
        Assert.Equal(("1", "a/b"), (get.Header("x-amz-meta-a"), get.Header("Content-Type")));

        (await Client.PutAsync(
            bucket, "copy", [], PayloadMode.SignedPayload, ("x-amz-copy-source", source), ("x-amz-metadata-directive", "REPLACE"), ("x-amz-meta-b", "2"))).Require(200);
        var replaced = await Client.HeadAsync(bucket, "copy");
        Assert.Equal((null, "2"), (replaced.Header("x-amz-meta-a"), replaced.Header("x-amz-meta-b")));
    }

    [Fact]
    public async Task Copy_ThatCannotBe_SaysWhy()
    {
        var bucket = await host.CreateBucketAsync();
        var etag = (await Client.PutAsync(bucket, "key", [1])).ETag;
        var source = ("x-amz-copy-source", $"{bucket}/key");
        ((string, string)[] Headers, string Key, string Code)[] cases =
        [
            ([source], "key", "InvalidRequest"),
            ([("x-amz-copy-source", $"{bucket}/none")], "to", "NoSuchKey"),
            ([("x-amz-copy-source", "absent-bucket/key")], "to", "NoSuchBucket"),
            ([("x-amz-copy-source", bucket)], "to", "InvalidArgument"),
            ([("x-amz-copy-source", $"{bucket}/key?versionId=other")], "to", "NoSuchVersion"),
            ([source, ("x-amz-copy-source-if-match", "\"x\"")], "to", "PreconditionFailed"),
            ([source, ("x-amz-copy-source-if-none-match", etag)], "to", "PreconditionFailed"),
            ([source, ("x-amz-metadata-directive", "MAYBE")], "to", "InvalidArgument"),
            ([source, ("If-Match", "\"x\"")], "to", "NoSuchKey"),
        ];
        foreach (var (headers, key, code) in cases)
        {
            Assert.Equal(code, (await Client.PutAsync(bucket, key, [], PayloadMode.SignedPayload, headers)).ErrorCode);
        }

        (await Client.PutAsync(bucket, "to", [], PayloadMode.SignedPayload, ("x-amz-copy-source", $"{bucket}/key?versionId=null"))).Require(200);
    }

    [Fact]
    public async Task Attributes_AreThoseAskedFor()
    {
        var bucket = await host.CreateBucketAsync();
        var etag = (await Client.PutAsync(bucket, "key", Encoding.ASCII.GetBytes("hello"), PayloadMode.SignedPayload, ("x-amz-checksum-crc32", "NhCmhg=="))).ETag;

        var answer = await AttributesAsync("ETag,Checksum,ObjectSize");

        Assert.Equal((etag, "NhCmhg==", "5", ""), (answer.Value("ETag"), answer.Value("ChecksumCRC32"), answer.Value("ObjectSize"), answer.Value("StorageClass")));
        Assert.Equal("InvalidArgument", (await AttributesAsync("Colour")).Require(400).ErrorCode);

        Task<S3Response> AttributesAsync(string names) => Client.SendAsync(new S3Request
        {
            Method = "GET",
            Bucket = bucket,
            Key = "key",
            Query = [("attributes", "")],
            Headers = new(StringComparer.OrdinalIgnoreCase) { ["x-amz-object-attributes"] = names },
        });
    }
}

internal static class S3ResponseExtensions
{
    public static string ETagOr(this S3Response response, string fallback) => response.Header("ETag")?.Trim('"') ?? fallback;
}
