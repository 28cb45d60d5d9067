using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.S3.Contract;

public abstract partial class ObjectStoreContract
{
    [Fact]
    public async Task Upload_OnceBegun_IsFound_UnderItsKeyOnly()
    {
        var upload = await BeginAsync("key", ChecksumAlgorithm.Sha256, ChecksumType.Composite);

        var found = await Store.FindUploadAsync(Bucket, "key", upload.UploadId, default);
        Assert.Equal(upload.UploadId, found!.UploadId);
        Assert.Equal((ChecksumAlgorithm.Sha256, ChecksumType.Composite), (found.Request.ChecksumAlgorithm, found.Request.ChecksumType));
        Assert.Null(await Store.FindUploadAsync(Bucket, "other", upload.UploadId, default));
        Assert.Null(await Store.FindUploadAsync(Bucket, "key", "no-such-upload", default));
        Assert.Null(await Store.FindObjectAsync(Bucket, "key", default));
    }

    [Fact]
    public async Task Upload_Completed_IsTheNamedPartsInOrder()
    {
        var upload = await BeginAsync("key");
        byte[][] contents = [Bytes(PartBytes, 1), Bytes(PartBytes + 1, 2), Bytes(100, 3), Bytes(50, 4)];
        var checksum = new ObjectChecksum(ChecksumAlgorithm.Crc32, ChecksumType.FullObject, "AAAAAA==");
        var third = await PutPartAsync("key", upload.UploadId, 9, contents[2]);
        var first = await PutPartAsync("key", upload.UploadId, 2, contents[0], checksum);
        var second = await PutPartAsync("key", upload.UploadId, 4, contents[1]);
        await PutPartAsync("key", upload.UploadId, 7, contents[3]);

        var info = await CompleteAsync(upload, "tag-3", first, second, third);

        byte[] whole = [.. contents[0], .. contents[1], .. contents[2]];
        Assert.Equal((whole.Length, "tag-3", 3), ((int)info.SizeBytes, info.ETag, info.PartsCount));
        Assert.Equal(whole, await GetAsync("key"));
        Assert.Null(await Store.FindUploadAsync(Bucket, "key", upload.UploadId, default));

        await using var reader = await Store.OpenReadAsync(Bucket, "key", default);
        var part = await reader!.FindPartAsync(2, default);
        Assert.Equal((2, (long)PartBytes, PartBytes + 1L), (part!.Number, part.OffsetBytes, part.SizeBytes));
        Assert.Equal(checksum, (await reader.FindPartAsync(1, default))!.Checksum);
        Assert.Null(await reader.FindPartAsync(4, default));
        Assert.Equal(whole.AsSpan(PartBytes - 5, 10).ToArray(), await ReadAsync(reader, PartBytes - 5, 10));
    }

    [Fact]
    public async Task Completion_Repeated_AnswersWithTheSameObject()
    {
        var upload = await BeginAsync("key");
        var part = await PutPartAsync("key", upload.UploadId, 1, Bytes(10, 1));
        var first = await CompleteAsync(upload, "tag-1", part);

        var again = await CompleteAsync(upload, "tag-1", part);

        Assert.Equal((first.ETag, first.LastModified, first.SizeBytes), (again.ETag, again.LastModified, again.SizeBytes));
        await PutAsync("key", Bytes(5, 5));
        await FailsAsync(ObjectStoreError.NoSuchUpload, () => CompleteAsync(upload, "tag-1", part));
        Assert.Equal(Bytes(5, 5), await GetAsync("key"));
    }

    [Fact]
    public async Task Completion_OfAMissingOrReplacedPart_IsRefused_AndTheUploadGoesOn()
    {
        var upload = await BeginAsync("key");
        var old = await PutPartAsync("key", upload.UploadId, 1, Bytes(10, 1));
        var part = await PutPartAsync("key", upload.UploadId, 1, Bytes(20, 2));

        await FailsAsync(ObjectStoreError.InvalidPart, () => CompleteAsync(upload, "t-1", old));
        await FailsAsync(ObjectStoreError.InvalidPart, () => CompleteAsync(upload, "t-2", part, part with { Number = 2 }));

        await CompleteAsync(upload, "t-1", part);
        Assert.Equal(Bytes(20, 2), await GetAsync("key"));
    }

    [Fact]
    public async Task Completion_UnderACondition_IsDecidedWithTheWrite()
    {
        await PutAsync("key", Bytes(3, 3));
        var upload = await BeginAsync("key");
        var part = await PutPartAsync("key", upload.UploadId, 1, Bytes(10, 1));
        CompletedPart[] parts = [new(1, part.ETag)];
        var commit = new ObjectCommit { OwnerId = Owner, ETag = "t-1", Condition = new WriteCondition(IfNoneMatch: "*") };

        await FailsAsync(
            ObjectStoreError.PreconditionFailed,
            async () => await Store.CompleteUploadAsync(Bucket, "key", upload.UploadId, parts, commit, default));
        Assert.Equal(Bytes(3, 3), await GetAsync("key"));
        Assert.NotNull(await Store.FindUploadAsync(Bucket, "key", upload.UploadId, default));

        await Store.DeleteObjectAsync(Bucket, "key", default, default);
        await Store.CompleteUploadAsync(Bucket, "key", upload.UploadId, parts, commit, default);
        Assert.Equal(Bytes(10, 1), await GetAsync("key"));
    }

    [Fact]
    public async Task Abort_DropsTheUpload()
    {
        var upload = await BeginAsync("key");
        var part = await PutPartAsync("key", upload.UploadId, 1, Bytes(10, 1));

        await Store.AbortUploadAsync(Bucket, "key", upload.UploadId, default);

        Assert.Null(await Store.FindUploadAsync(Bucket, "key", upload.UploadId, default));
        await FailsAsync(ObjectStoreError.NoSuchUpload, () => CompleteAsync(upload, "t-1", part));
        await FailsAsync(ObjectStoreError.NoSuchUpload, () => PutPartAsync("key", upload.UploadId, 1, Bytes(10, 1)));
        await FailsAsync(
            ObjectStoreError.NoSuchUpload,
            async () => await Store.AbortUploadAsync(Bucket, "key", upload.UploadId, default));
        await FailsAsync(
            ObjectStoreError.NoSuchUpload,
            async () => await Store.ListPartsAsync(Bucket, "key", upload.UploadId, 0, 10, default));
    }

    [Fact]
    public async Task Parts_AreListed_InNumberOrder_InPages()
    {
        var upload = await BeginAsync("key");
        int[] numbers = [10_000, 3, 1, 200];
        foreach (var number in numbers)
        {
            await PutPartAsync("key", upload.UploadId, number, Bytes(number % 50, number));
        }

        Assert.Equal([1, 3, 200, 10_000], await NumbersAsync(0, 1000));
        Assert.Equal([1, 3], await NumbersAsync(0, 2));
        Assert.Equal([200, 10_000], await NumbersAsync(3, 1000));

        async Task<List<int>> NumbersAsync(int after, int limit)
        {
            var parts = await Store.ListPartsAsync(Bucket, "key", upload.UploadId, after, limit, default);
            Assert.All(parts, part => Assert.Equal(Md5(Bytes(part.Number % 50, part.Number)), part.ETag));
            return [.. parts.Select(part => part.Number)];
        }
    }

    [Fact]
    public async Task Uploads_AreListed_ByKeyAndId_InPages()
    {
        string[] keys = ["b", "a/2", "b", "a/1", "c"];
        var begun = new List<UploadInfo>();
        foreach (var key in keys)
        {
            begun.Add(await BeginAsync(key));
        }

        var expected = begun
            .OrderBy(upload => upload.Key, KeyOrder.Instance)
            .ThenBy(upload => upload.UploadId, StringComparer.Ordinal)
            .Select(upload => (upload.Key, upload.UploadId))
            .ToList();
        var actual = new List<(string Key, string Id)>();
        UploadListing page;
        do
        {
            var (afterKey, afterId) = actual.Count == 0 ? ("", "") : actual[^1];
            page = await Store.ListUploadsAsync(Bucket, new UploadQuery("", "", afterKey, afterId, 2), default);
            Assert.True(page.Uploads.Count is > 0 and <= 2);
            actual.AddRange(page.Uploads.Select(upload => (upload.Key, upload.UploadId)));
        }
        while (page.IsTruncated);

        Assert.Equal(expected, actual);

        var rolled = await Store.ListUploadsAsync(Bucket, new UploadQuery("", "/", "", "", 100), default);
        Assert.Equal(["a/"], rolled.CommonPrefixes);
        Assert.Equal(["b", "b", "c"], rolled.Uploads.Select(upload => upload.Key));
        var afterB = await Store.ListUploadsAsync(Bucket, new UploadQuery("", "", "b", "", 100), default);
        Assert.Equal(["c"], afterB.Uploads.Select(upload => upload.Key));
    }
}
