using System.IO.Pipelines;
using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.S3.Contract;

public abstract partial class ObjectStoreContract
{
    public static TheoryData<int> Sizes => new() { 0, 1, 4096, 70_000, 3_000_001 };

    public static TheoryData<string> OddKeys => new()
    {
        "/leading", "a//b", "./a", "../a", "a/../b", " ", "+", "a b+c%20", "ключ", "\u0001\u001f", "\ud83d\ude00", "a\nb",
        new string('k', 1024),
    };

    [Theory]
    [MemberData(nameof(Sizes))]
    public async Task Object_IsReadBack_AsItWasWritten(int size)
    {
        var content = Bytes(size, size);

        var info = await PutAsync("key", content);

        Assert.Equal(("key", (long)size, Md5(content), Owner), (info.Key, info.SizeBytes, info.ETag, info.OwnerId));
        Assert.Equal(content, await GetAsync("key"));
        Assert.Equal(info.LastModified, (await Store.FindObjectAsync(Bucket, "key", default))!.LastModified);
    }

    [Theory]
    [MemberData(nameof(OddKeys))]
    public async Task Object_UnderAnyKey_IsFoundAndListed(string key)
    {
        await PutAsync(key, Bytes(3, 1));

        Assert.Equal(key, (await Store.FindObjectAsync(Bucket, key, default))!.Key);
        var listing = await Store.ListObjectsAsync(Bucket, new ListQuery("", "", "", 10), default);
        Assert.Equal(key, Assert.Single(listing.Objects).Key);
        Assert.True(await Store.DeleteObjectAsync(Bucket, key, default, default));
        Assert.Null(await Store.FindObjectAsync(Bucket, key, default));
    }

    [Fact]
    public async Task Object_KeepsHeadersAndChecksum()
    {
        var checksum = new ObjectChecksum(ChecksumAlgorithm.Crc32C, ChecksumType.FullObject, "AAAAAA==");
        var headers = new ObjectHeaders([new("content-type", "text/plain"), new("x-amz-meta-a", "é, b")]);

        await PutAsync("key", Bytes(5, 1), new ObjectCommit { OwnerId = Owner, ETag = "e", Headers = headers, Checksum = checksum });

        var info = await Store.FindObjectAsync(Bucket, "key", default);
        Assert.Equal(headers, info!.Headers);
        Assert.Equal(checksum, info.Checksum);
        Assert.Null(info.PartsCount);
    }

    [Fact]
    public async Task Object_BeforeItsCommit_IsNotThere()
    {
        await using (var writer = Store.OpenWriter(Bucket, "key", new RecordingDigest(), null))
        {
            await FillAsync(writer, Bytes(100_000, 1));
            Assert.Null(await Store.FindObjectAsync(Bucket, "key", default));
        }

        Assert.Null(await Store.FindObjectAsync(Bucket, "key", default));
        Assert.Null(await Store.OpenReadAsync(Bucket, "key", default));
    }

    [Fact]
    public async Task Object_OfUnknownLength_IsStored()
    {
        var content = Bytes(300_000, 2);
        var digest = new RecordingDigest();
        await using var writer = Store.OpenWriter(Bucket, "key", digest, lengthHint: null);
        await FillAsync(writer, content);

        await writer.CommitAsync(new ObjectCommit { OwnerId = Owner, ETag = "e" }, default);

        Assert.Equal(content.Length, writer.LengthBytes);
        Assert.Equal(content, digest.Seen);
        Assert.Equal(content, await GetAsync("key"));
    }

    [Fact]
    public async Task Ranges_AreRead_InAnyOrder()
    {
        var content = Bytes(1_500_000, 3);
        await PutAsync("key", content);
        await using var reader = await Store.OpenReadAsync(Bucket, "key", default);
        (int Offset, int Length)[] ranges = [(1_499_999, 1), (0, 1), (65_530, 20), (1, 1_499_998), (700_000, 0), (1_048_575, 2)];

        foreach (var (offset, length) in ranges)
        {
            Assert.Equal(content.AsSpan(offset, length).ToArray(), await ReadAsync(reader!, offset, length));
        }
    }

    [Fact]
    public async Task Copy_IntoAPipeThatNobodyReads_SaysSo()
    {
        await PutAsync("key", Bytes(200_000, 6));
        await using var reader = await Store.OpenReadAsync(Bucket, "key", default);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await pipe.Reader.CompleteAsync();

        await Assert.ThrowsAsync<ReaderGoneException>(() => reader!.CopyToAsync(pipe.Writer, 0, 200_000, default).AsTask());
    }

    [Fact]
    public async Task Reader_StaysOnItsVersion_WhenTheObjectIsOverwrittenAndDeleted()
    {
        var content = Bytes(200_000, 4);
        await PutAsync("key", content);
        await using var reader = await Store.OpenReadAsync(Bucket, "key", default);

        await PutAsync("key", Bytes(10, 5));
        Assert.Equal(content, await ReadAsync(reader!, 0, content.Length));
        await Store.DeleteObjectAsync(Bucket, "key", default, default);
        Assert.Equal(content, await ReadAsync(reader!, 0, content.Length));
    }

    [Fact]
    public async Task SimpleObject_HasOnePart()
    {
        await PutAsync("key", Bytes(10, 5));
        await using var reader = await Store.OpenReadAsync(Bucket, "key", default);

        var part = await reader!.FindPartAsync(1, default);
        Assert.Equal((1, 0L, 10L), (part!.Number, part.OffsetBytes, part.SizeBytes));
        Assert.Null(await reader.FindPartAsync(2, default));
    }

    [Fact]
    public async Task Delete_SaysWhetherThereWasOne()
    {
        await PutAsync("key", Bytes(10, 5));

        Assert.True(await Store.DeleteObjectAsync(Bucket, "key", default, default));
        Assert.False(await Store.DeleteObjectAsync(Bucket, "key", default, default));
    }

    [Fact]
    public async Task IfNoneMatchAny_AllowsTheFirstWriteOnly()
    {
        var absent = new WriteCondition(IfNoneMatch: "*");

        await PutAsync("key", Bytes(1, 1), absent);

        await FailsAsync(ObjectStoreError.PreconditionFailed, () => PutAsync("key", Bytes(2, 2), absent));
        Assert.Equal(Bytes(1, 1), await GetAsync("key"));
    }

    [Fact]
    public async Task IfMatch_AllowsTheNamedVersionOnly()
    {
        var first = await PutAsync("key", Bytes(1, 1));

        var second = await PutAsync("key", Bytes(2, 2), new WriteCondition(IfMatch: first.ETag));
        await FailsAsync(
            ObjectStoreError.PreconditionFailed,
            () => PutAsync("key", Bytes(3, 3), new WriteCondition(IfMatch: first.ETag)));
        await PutAsync("key", Bytes(2, 2), new WriteCondition(IfMatch: "*"));
        await FailsAsync(
            ObjectStoreError.PreconditionFailed,
            () => PutAsync("key", Bytes(3, 3), new WriteCondition(IfNoneMatch: second.ETag)));
        await PutAsync("key", Bytes(3, 3), new WriteCondition(IfNoneMatch: first.ETag));
        await FailsAsync(
            ObjectStoreError.NoSuchKey, () => PutAsync("other", Bytes(3, 3), new WriteCondition(IfMatch: first.ETag)));
    }

    [Fact]
    public async Task ConditionalDelete_DeletesTheNamedVersionOnly()
    {
        var info = await PutAsync("key", Bytes(7, 1));
        var second = new DateTimeOffset(info.LastModified.UtcTicks - (info.LastModified.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero);
        WriteCondition[] wrong =
        [
            new(IfMatch: "other"), new(IfMatchSizeBytes: 8), new(IfMatchLastModified: second.AddSeconds(1)),
            new(IfMatch: info.ETag, IfMatchSizeBytes: 6),
        ];
        foreach (var condition in wrong)
        {
            await FailsAsync(
                ObjectStoreError.PreconditionFailed,
                async () => await Store.DeleteObjectAsync(Bucket, "key", condition, default));
        }

        var right = new WriteCondition(IfMatch: info.ETag, IfMatchLastModified: second, IfMatchSizeBytes: 7);
        Assert.True(await Store.DeleteObjectAsync(Bucket, "key", right, default));
        await FailsAsync(
            ObjectStoreError.NoSuchKey,
            async () => await Store.DeleteObjectAsync(Bucket, "key", new WriteCondition(IfMatch: info.ETag), default));
    }

    [Fact]
    public async Task ConcurrentWrites_UnderIfNoneMatch_HaveOneWinner()
    {
        var attempts = new List<Task<bool>>();
        for (var i = 0; i < 8; i++)
        {
            attempts.Add(TryPutAsync(i));
        }

        Assert.Equal(1, (await Task.WhenAll(attempts)).Count(won => won));

        async Task<bool> TryPutAsync(int seed)
        {
            try
            {
                await PutAsync("key", Bytes(100, seed), new WriteCondition(IfNoneMatch: "*"));
                return true;
            }
            catch (ObjectStoreException failure) when (
                failure.Error is ObjectStoreError.PreconditionFailed or ObjectStoreError.ConditionalRequestConflict)
            {
                return false;
            }
        }
    }
}
