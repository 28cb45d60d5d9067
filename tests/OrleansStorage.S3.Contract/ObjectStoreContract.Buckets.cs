using OrleansStorage.S3.Store;
using Xunit;

namespace OrleansStorage.S3.Contract;

public abstract partial class ObjectStoreContract
{
    [Fact]
    public async Task Bucket_OnceCreated_IsFound()
    {
        var found = await Store.FindBucketAsync(Bucket, default);

        Assert.NotNull(found);
        Assert.Equal((Bucket, Owner), (found.Name, found.OwnerId));
        Assert.Equal(TimeSpan.Zero, found.CreatedAt.Offset);
        Assert.Equal(0, found.CreatedAt.Ticks % TimeSpan.TicksPerMillisecond);
    }

    [Fact]
    public async Task Bucket_NeverCreated_IsNotFound() =>
        Assert.Null(await Store.FindBucketAsync(Bucket + "-absent", default));

    [Fact]
    public async Task CreateBucket_OfAnExistingName_SaysWhoseItIs()
    {
        await FailsAsync(
            ObjectStoreError.BucketAlreadyOwnedByYou, async () => await Store.CreateBucketAsync(Bucket, Owner, default));
        await FailsAsync(
            ObjectStoreError.BucketAlreadyExists, async () => await Store.CreateBucketAsync(Bucket, OtherOwner, default));
    }

    [Fact]
    public async Task DeleteBucket_WithAnObject_IsRefused_AndAfterwardsNot()
    {
        await PutAsync("key", Bytes(10, 1));

        await FailsAsync(ObjectStoreError.BucketNotEmpty, async () => await Store.DeleteBucketAsync(Bucket, default));
        await Store.DeleteObjectAsync(Bucket, "key", default, default);
        await Store.DeleteBucketAsync(Bucket, default);

        Assert.Null(await Store.FindBucketAsync(Bucket, default));
        await FailsAsync(ObjectStoreError.NoSuchBucket, async () => await Store.DeleteBucketAsync(Bucket, default));
    }

    [Fact]
    public async Task DeleteBucket_AbortsUnfinishedUploads()
    {
        var upload = await BeginAsync("key");

        await Store.DeleteBucketAsync(Bucket, default);
        await Store.CreateBucketAsync(Bucket, Owner, default);

        Assert.Null(await Store.FindUploadAsync(Bucket, "key", upload.UploadId, default));
        var listing = await Store.ListUploadsAsync(Bucket, new UploadQuery("", "", "", "", 1000), default);
        Assert.Empty(listing.Uploads);
    }

    [Fact]
    public async Task ListBuckets_FiltersByOwnerPrefixAndMarker_InNameOrder()
    {
        string[] suffixes = ["-b", "-a", "-c"];
        foreach (var suffix in suffixes)
        {
            await Store.CreateBucketAsync(Bucket + suffix, Owner, default);
        }

        await Store.CreateBucketAsync(Bucket + "-d", OtherOwner, default);

        Assert.Equal(
            [Bucket, Bucket + "-a", Bucket + "-b", Bucket + "-c"],
            await NamesAsync(Owner, Bucket, "", 1000));
        Assert.Equal([Bucket + "-d"], await NamesAsync(OtherOwner, Bucket, "", 1000));
        Assert.Equal([Bucket + "-b", Bucket + "-c"], await NamesAsync(Owner, Bucket + "-", Bucket + "-a", 1000));
        Assert.Equal([Bucket + "-a", Bucket + "-b"], await NamesAsync(Owner, Bucket + "-", "", 2));
        Assert.Equal(5, (await NamesAsync(null, Bucket, "", 1000)).Count);
    }

    [Fact]
    public async Task OperationsOnAnAbsentBucket_SayThatItIsAbsent()
    {
        var absent = Bucket + "-absent";
        var request = new UploadRequest(Owner, ObjectHeaders.Empty, null, null);

        await FailsAsync(ObjectStoreError.NoSuchBucket, async () => await Store.FindObjectAsync(absent, "k", default));
        await FailsAsync(ObjectStoreError.NoSuchBucket, async () => await Store.OpenReadAsync(absent, "k", default));
        await FailsAsync(
            ObjectStoreError.NoSuchBucket, async () => await Store.DeleteObjectAsync(absent, "k", default, default));
        await FailsAsync(
            ObjectStoreError.NoSuchBucket,
            async () => await Store.ListObjectsAsync(absent, new ListQuery("", "", "", 10), default));
        await FailsAsync(
            ObjectStoreError.NoSuchBucket, async () => await Store.CreateUploadAsync(absent, "k", request, default));
        await FailsAsync(ObjectStoreError.NoSuchBucket, async () =>
        {
            await using var writer = Store.OpenWriter(absent, "k", new RecordingDigest(), 1);
            await FillAsync(writer, Bytes(1, 1));
            await writer.CommitAsync(new ObjectCommit { OwnerId = Owner, ETag = "e" }, default);
        });
    }

    private async Task<List<string>> NamesAsync(string? owner, string prefix, string after, int limit)
    {
        var names = new List<string>();
        foreach (var bucket in await Store.ListBucketsAsync(owner, prefix, after, limit, default))
        {
            names.Add(bucket.Name);
        }

        return names;
    }
}
