using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OrleansStorage.Hashing;
using OrleansStorage.S3.Client;
using Xunit;

namespace OrleansStorage.S3.Tests.Endpoint;

public sealed class MultipartTests(S3Host host) : IClassFixture<S3Host>
{
    private S3TestClient Client => host.Client;

    [Fact]
    public async Task Upload_BecomesAnObject_WhosePartsCanBeRead()
    {
        var bucket = await host.CreateBucketAsync();
        byte[][] parts = [S3Host.Bytes(5000, 1), S3Host.Bytes(6000, 2), S3Host.Bytes(10, 3)];
        var uploadId = await Client.CreateUploadAsync(bucket, "key", ("Content-Type", "a/b"), ("x-amz-meta-m", "1"));
        var etags = new List<string>();
        for (var i = 0; i < parts.Length; i++)
        {
            etags.Add((await Client.UploadPartAsync(bucket, "key", uploadId, i + 1, parts[i])).Require(200).ETag);
        }

        var done = (await Client.CompleteAsync(bucket, "key", uploadId, etags, ("x-amz-mp-object-size", "11010"))).Require(200);

#pragma warning disable CA5351 // MD5 is what an ETag is.
        var expected = Convert.ToHexStringLower(MD5.HashData([.. etags.SelectMany(Convert.FromHexString)])) + "-3";
#pragma warning restore CA5351
        Assert.Equal($"\"{expected}\"", done.Value("ETag"));
        var get = (await Client.GetAsync(bucket, "key")).Require(200);
        Assert.Equal(parts.SelectMany(part => part), get.Body);
        Assert.Equal(("a/b", "1"), (get.Header("Content-Type"), get.Header("x-amz-meta-m")));

        var second = (await PartAsync("2")).Require(206);
        Assert.Equal(parts[1], second.Body);
        Assert.Equal(("3", "bytes 5000-10999/11010"), (second.Header("x-amz-mp-parts-count"), second.Header("Content-Range")));
        Assert.Equal("InvalidPart", (await PartAsync("4")).Require(400).ErrorCode);
        Assert.Equal("InvalidArgument", (await PartAsync("0")).Require(400).ErrorCode);
        (await Client.CompleteAsync(bucket, "key", uploadId, etags)).Require(200);

        Task<S3Response> PartAsync(string number) => Client.SendAsync(
            new S3Request { Method = "GET", Bucket = bucket, Key = "key", Query = [("partNumber", number)] });
    }

    [Fact]
    public async Task Completion_ThatCannotBe_SaysWhy()
    {
        var bucket = await host.CreateBucketAsync();
        var uploadId = await Client.CreateUploadAsync(bucket, "key");
        var small = (await Client.UploadPartAsync(bucket, "key", uploadId, 1, S3Host.Bytes(1023, 1))).ETag;
        var last = (await Client.UploadPartAsync(bucket, "key", uploadId, 2, S3Host.Bytes(10, 2))).ETag;
        var other = new string('0', 32);

        Assert.Equal("EntityTooSmall", (await Client.CompleteAsync(bucket, "key", uploadId, [small, last])).Require(400).ErrorCode);
        Assert.Equal("InvalidPart", (await Client.CompleteAsync(bucket, "key", uploadId, [other])).Require(400).ErrorCode);
        Assert.Equal("InvalidPart", (await Client.CompleteAsync(bucket, "key", uploadId, [small, last, last])).Require(400).ErrorCode);
        Assert.Equal("MalformedXML", (await Client.CompleteAsync(bucket, "key", uploadId, [])).Require(400).ErrorCode);
        Assert.Equal("NoSuchUpload", (await Client.CompleteAsync(bucket, "key", "none", [small])).Require(404).ErrorCode);
        Assert.Equal("NoSuchUpload", (await Client.CompleteAsync(bucket, "key", "none", ["1"])).Require(404).ErrorCode);
        Assert.Equal(
            "InvalidRequest",
            (await Client.CompleteAsync(bucket, "key", uploadId, [small], ("x-amz-mp-object-size", "1"))).Require(400).ErrorCode);
        Assert.Equal(
            "InvalidPartOrder",
            (await CompleteRawAsync($"<Part><PartNumber>2</PartNumber><ETag>{last}</ETag></Part><Part><PartNumber>1</PartNumber><ETag>{small}</ETag></Part>")).ErrorCode);
        (await Client.HeadAsync(bucket, "key")).Require(404);
        (await Client.AbortAsync(bucket, "key", uploadId)).Require(204);
        Assert.Equal("NoSuchUpload", (await Client.AbortAsync(bucket, "key", uploadId)).Require(404).ErrorCode);
        Assert.Equal("NoSuchUpload", (await Client.UploadPartAsync(bucket, "key", uploadId, 1, [1])).Require(404).ErrorCode);

        Task<S3Response> CompleteRawAsync(string parts) => Client.SendAsync(new S3Request
        {
            Method = "POST",
            Bucket = bucket,
            Key = "key",
            Query = [("uploadId", uploadId)],
            Body = Encoding.UTF8.GetBytes($"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"),
        });
    }

    [Theory]
    [InlineData("CRC32", "FULL_OBJECT")]
    [InlineData("CRC32C", "FULL_OBJECT")]
    [InlineData("CRC64NVME", "FULL_OBJECT")]
    [InlineData("CRC32", "COMPOSITE")]
    [InlineData("SHA256", "COMPOSITE")]
    [InlineData("SHA1", "COMPOSITE")]
    public async Task Checksum_OfTheObject_ComesFromItsParts(string algorithm, string type)
    {
        var bucket = await host.CreateBucketAsync();
        byte[][] parts = [S3Host.Bytes(3000, 1), S3Host.Bytes(2000, 2)];
        var uploadId = await Client.CreateUploadAsync(
            bucket, "key", ("x-amz-checksum-algorithm", algorithm), ("x-amz-checksum-type", type));
        var header = "x-amz-checksum-" + algorithm.ToLowerInvariant();
        var etags = new List<string>();
        for (var i = 0; i < 2; i++)
        {
            // The first part's checksum is sent, the second's is left to the server.
            (string, string)[] sent = i == 0 ? [(header, Convert.ToBase64String(Compute(algorithm, parts[i])))] : [];
            var put = (await Client.UploadPartAsync(bucket, "key", uploadId, i + 1, parts[i], sent)).Require(200);
            Assert.Equal(Convert.ToBase64String(Compute(algorithm, parts[i])), put.Header(header));
            etags.Add(put.ETag);
        }

        var expected = type == "FULL_OBJECT"
            ? Convert.ToBase64String(Compute(algorithm, [.. parts[0], .. parts[1]]))
            : Convert.ToBase64String(Compute(algorithm, [.. Compute(algorithm, parts[0]), .. Compute(algorithm, parts[1])])) + "-2";
        Assert.Equal("BadDigest", (await Client.CompleteAsync(bucket, "key", uploadId, etags, (header, "AAAA"))).Require(400).ErrorCode);
        var done = (await Client.CompleteAsync(bucket, "key", uploadId, etags, (header, expected))).Require(200);

        Assert.Equal((expected, type), (done.Value("Checksum" + algorithm), done.Value("ChecksumType")));
        var head = await Client.HeadAsync(bucket, "key", ("x-amz-checksum-mode", "ENABLED"));
        Assert.Equal((expected, type), (head.Header(header), head.Header("x-amz-checksum-type")));
        Assert.Null((await Client.HeadAsync(bucket, "key")).Header(header));
    }

    [Theory]
    [InlineData("SHA256", "FULL_OBJECT")]
    [InlineData("CRC64NVME", "COMPOSITE")]
    [InlineData("CRC32", "NONSENSE")]
    [InlineData("MD4", "COMPOSITE")]
    public async Task Checksum_OfAnImpossibleKind_IsRefused(string algorithm, string type)
    {
        var bucket = await host.CreateBucketAsync();
        var request = new S3Request { Method = "POST", Bucket = bucket, Key = "key", Query = [("uploads", "")] };
        request.Headers["x-amz-checksum-algorithm"] = algorithm;
        request.Headers["x-amz-checksum-type"] = type;

        Assert.Equal("InvalidRequest", (await Client.SendAsync(request)).Require(400).ErrorCode);
    }

    [Fact]
    public async Task Part_WithAnotherAlgorithm_IsRefused()
    {
        var bucket = await host.CreateBucketAsync();
        var uploadId = await Client.CreateUploadAsync(bucket, "key", ("x-amz-checksum-algorithm", "CRC32"));

        var put = await Client.UploadPartAsync(
            bucket, "key", uploadId, 1, [1], ("x-amz-checksum-sha1", Convert.ToBase64String(Compute("SHA1", [1]))));

        Assert.Equal("InvalidRequest", put.Require(400).ErrorCode);
    }

    [Fact]
    public async Task PartCopy_TakesARange()
    {
        var bucket = await host.CreateBucketAsync();
        var content = S3Host.Bytes(10_000, 1);
        await Client.PutAsync(bucket, "from", content);
        var uploadId = await Client.CreateUploadAsync(bucket, "key");

        var first = (await CopyAsync(1, "bytes=1000-4999")).Require(200).Value("ETag").Trim('"');
        var second = (await CopyAsync(2, null)).Require(200).Value("ETag").Trim('"');
        (await Client.CompleteAsync(bucket, "key", uploadId, [first, second])).Require(200);

        var got = (await Client.GetAsync(bucket, "key")).Body;
        Assert.Equal([.. content[1000..5000], .. content], got);

        Task<S3Response> CopyAsync(int number, string? range)
        {
            var request = new S3Request
            {
                Method = "PUT",
                Bucket = bucket,
                Key = "key",
                Query = [("partNumber", number.ToString(CultureInfo.InvariantCulture)), ("uploadId", uploadId)],
            };
            request.Headers["x-amz-copy-source"] = $"/{bucket}/from";
            if (range is not null)
            {
                request.Headers["x-amz-copy-source-range"] = range;
            }

            return Client.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("bytes=0-100", "InvalidRange")]
    [InlineData("bytes=0-", "InvalidArgument")]
    [InlineData("bytes=-5", "InvalidArgument")]
    [InlineData("0-5", "InvalidArgument")]
    [InlineData("bytes=5-3", "InvalidArgument")]
    public async Task PartCopy_OfAnImpossibleRange_IsRefused(string range, string code)
    {
        var bucket = await host.CreateBucketAsync();
        await Client.PutAsync(bucket, "from", S3Host.Bytes(100, 1));
        var uploadId = await Client.CreateUploadAsync(bucket, "key");

        var copy = await Client.UploadPartAsync(
            bucket, "key", uploadId, 1, [], ("x-amz-copy-source", $"/{bucket}/from"), ("x-amz-copy-source-range", range));

        Assert.Equal(code, copy.ErrorCode);
    }

    [Fact]
    public async Task UploadsAndParts_AreListed()
    {
        var bucket = await host.CreateBucketAsync();
        var uploadId = await Client.CreateUploadAsync(bucket, "a/key");
        await Client.CreateUploadAsync(bucket, "b");
        await Client.UploadPartAsync(bucket, "a/key", uploadId, 1, [1]);
        await Client.UploadPartAsync(bucket, "a/key", uploadId, 5, [1, 2]);

        var parts = await Client.SendAsync(
            new S3Request { Method = "GET", Bucket = bucket, Key = "a/key", Query = [("uploadId", uploadId), ("max-parts", "1")] });
        Assert.Equal(("1", "true", "1"), (parts.Value("NextPartNumberMarker"), parts.Value("IsTruncated"), parts.Value("Size")));
        var rest = await Client.SendAsync(
            new S3Request { Method = "GET", Bucket = bucket, Key = "a/key", Query = [("uploadId", uploadId), ("part-number-marker", "1")] });
        Assert.Equal(["5"], rest.Values("PartNumber"));

        var uploads = await Client.SendAsync(new S3Request { Method = "GET", Bucket = bucket, Query = [("uploads", ""), ("max-uploads", "1")] });
        Assert.Equal(("a/key", uploadId, "true"), (uploads.Value("NextKeyMarker"), uploads.Value("NextUploadIdMarker"), uploads.Value("IsTruncated")));
        var rolled = await Client.SendAsync(new S3Request { Method = "GET", Bucket = bucket, Query = [("uploads", ""), ("delimiter", "/")] });
        Assert.Equal(["b"], rolled.Values("Key"));
    }

    private static byte[] Compute(string algorithm, byte[] data)
    {
        var bytes = new byte[algorithm == "CRC64NVME" ? 8 : 4];
        switch (algorithm)
        {
            case "CRC32":
                BinaryPrimitives.WriteUInt32BigEndian(bytes, Crc32.Append(0, data));
                return bytes;
            case "CRC32C":
                BinaryPrimitives.WriteUInt32BigEndian(bytes, Crc32C.Append(0, data));
                return bytes;
            case "CRC64NVME":
                BinaryPrimitives.WriteUInt64BigEndian(bytes, Crc64Nvme.Append(0, data));
                return bytes;
            case "SHA1":
#pragma warning disable CA5350 // One of the checksums of S3.
                return SHA1.HashData(data);
#pragma warning restore CA5350
            default:
                return SHA256.HashData(data);
        }
    }
}
