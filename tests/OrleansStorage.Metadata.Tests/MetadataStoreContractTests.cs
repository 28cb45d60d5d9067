using System.Text;
using OrleansStorage.Metadata.Tables;
using Xunit;
using static OrleansStorage.Metadata.Tests.TestRows;

namespace OrleansStorage.Metadata.Tests;

/// <summary>What every metadata store does. Each store has a class that inherits these tests.</summary>
public abstract class MetadataStoreContractTests : IAsyncLifetime
{
    protected IMetadataStore Store { get; private set; } = null!;

    public async Task InitializeAsync() => Store = await OpenAsync();

    public virtual async Task DisposeAsync()
    {
        if (Store is not null)
        {
            await Store.DisposeAsync();
        }
    }

    [StoreFact]
    public async Task Put_ReplacesTheWholeRow()
    {
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a", recipe: [1, 2])));
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a", recipe: null, sizeBytes: 9)));

        var row = await FindAsync(1, "a");

        Assert.Equal((9, null), (row!.SizeBytes, row.Recipe));
        Assert.Null(await FindAsync(1, "b"));
        Assert.Null(await FindAsync(2, "a"));
    }

    [StoreFact]
    public async Task Row_ComesBackColumnByColumn()
    {
        var written = new ObjectRow
        {
            Key = new ObjectKey(long.MinValue, [0, 255, 0]),
            SizeBytes = long.MaxValue,
            ETag = "",
            ModifiedMs = -1,
            OwnerId = "ü \u20AC \U0001F600 '\"\\",
            ChecksumAlgorithm = 0,
            ChecksumType = null,
            ChecksumValue = "",
            UploadId = null,
            PartsCount = long.MinValue,
            Headers = [],
            Recipe = [0, 1, 255],
        };
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, written));

        var read = (await Store.FindAsync(Schema.Objects, written.Key, None))!;

        Assert.Equal([0, 255, 0], read.Key.Key);
        Assert.Equal([0, 1, 255], read.Recipe!);
        Assert.Equal([], read.Headers!);
        Assert.Equal(written with { Key = read.Key, Recipe = read.Recipe, Headers = read.Headers }, read);
    }

    [StoreFact]
    public async Task LargeValues_ComeBack()
    {
        var recipe = new byte[5_000_000];
        TestSeed.Create(7).NextBytes(recipe);
        var longKey = new string('k', 1024);
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, longKey, recipe)));

        Assert.Equal(recipe, (await FindAsync(1, longKey))!.Recipe!);
        Assert.Equal([longKey], await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task Delete_OfNothing_IsNoError()
    {
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a")));
        await CommitAsync(new MetadataTransaction().Delete(Schema.Objects, Key(1, "b")));
        await CommitAsync(new MetadataTransaction().Delete(Schema.Objects, Key(1, "a")));

        Assert.Null(await FindAsync(1, "a"));
    }

    [StoreFact]
    public async Task Changes_ApplyInTheirOrder()
    {
        await CommitAsync(new MetadataTransaction()
            .Put(Schema.Objects, Object(1, "a", sizeBytes: 1))
            .Put(Schema.Objects, Object(1, "b"))
            .Delete(Schema.Objects, Key(1, "a"))
            .Put(Schema.Objects, Object(1, "a", sizeBytes: 2))
            .DeleteRange(Schema.Objects, new KeyRange<ObjectKey>(Key(1, "b"), true, Key(1, "c")))
            .Put(Schema.Objects, Object(1, "bb"))
            .Put(Schema.Objects, Object(1, "a", sizeBytes: 3))
            .Put(Schema.Objects, Object(1, "d"))
            .Delete(Schema.Objects, Key(1, "d")));

        Assert.Equal(["a", "bb"], await KeysAsync(ObjectKey.AllOf(1)));
        Assert.Equal(3, (await FindAsync(1, "a"))!.SizeBytes);
    }

    [StoreFact]
    public async Task Keys_AreOrderedByTheirUtf8Bytes()
    {
        // By UTF-16 the surrogates of U+1F600 stand before U+FFFD; by UTF-8 they stand behind it.
        string[] ordered = ["", "!", "A", "B", "Z", "a", "a!", "aa", "b", "é", "\uFFFD", "\U0001F600"];
        foreach (var name in ordered.Reverse())
        {
            await CommitAsync(new MetadataTransaction()
                .Put(Schema.Buckets, Bucket("x" + name))
                .Put(Schema.Objects, Object(1, name)));
        }

        var range = new KeyRange<string>("x", FromInclusive: true, "y");
        var buckets = await Store.ScanAsync(Schema.Buckets, range, 100, None);

        Assert.Equal(ordered, buckets.Select(row => row.Name[1..]));
        Assert.Equal(ordered, await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task Scan_RespectsBothEndsOfItsRange_AndTheLimit()
    {
        await PutObjectsAsync("a", "b", "c", "d");

        Assert.Equal(["b", "c"], await KeysAsync(new(Key(1, "b"), FromInclusive: true, Key(1, "d"))));
        Assert.Equal(["c"], await KeysAsync(new(Key(1, "b"), FromInclusive: false, Key(1, "d"))));
        Assert.Equal(["a", "b"], await KeysAsync(ObjectKey.AllOf(1), limit: 2));
        Assert.Empty(await KeysAsync(new(Key(1, "d"), FromInclusive: true, Key(1, "a"))));
        Assert.Empty(await KeysAsync(new(Key(1, "b"), FromInclusive: true, Key(1, "b"))));
    }

    [StoreFact]
    public async Task CompositeKeys_AreComparedColumnByColumn()
    {
        PartKey[] ordered =
        [
            new(-5, "z", 1), new(1, "", 9), new(1, "a", -1), new(1, "a", 2), new(1, "a", 10_000), new(1, "ab", 1), new(2, "a", 1),
        ];
        foreach (var key in ordered.Reverse())
        {
            var listing = new PartListingRow(key, 1, "e", 1, null, null);
            await CommitAsync(new MetadataTransaction().Put(Schema.Parts, new PartRow(listing, [1])));
        }

        async Task<IEnumerable<PartKey>> ScanAsync(KeyRange<PartKey> range) =>
            (await Store.ScanAsync(Schema.PartListing, range, 100, None)).Select(row => row.Key);

        Assert.Equal(ordered, await ScanAsync(new(new(long.MinValue, "", 0), true, new(long.MaxValue, "", 0))));
        Assert.Equal(ordered[3..5], await ScanAsync(PartKey.After(1, "a", -1)));
        Assert.Equal(ordered[2..6], await ScanAsync(new(new(1, "", 9), false, new(2, "a", 1))));
    }

    [StoreFact]
    public async Task BytesInTheMiddleOfAKey_KeepTheirOrder()
    {
        byte[][] ordered = [[], [0], [0, 0], [0, 1], [0, 255], [1], [1, 0], [255], [255, 255]];
        foreach (var key in ordered.Reverse())
        {
            var row = new UploadRow(new UploadKey(1, key, "u"), 1, "owner", null, null, null);
            await CommitAsync(new MetadataTransaction().Put(Schema.Uploads, row));
        }

        var rows = await Store.ScanAsync(Schema.Uploads, UploadKey.AllOf(1), 100, None);

        Assert.Equal(ordered, rows.Select(row => row.Key.Key));
        var after = new KeyRange<UploadKey>(new(1, [0], "u"), FromInclusive: false, new(1, [1], ""));
        Assert.Equal(ordered[2..5], (await Store.ScanAsync(Schema.Uploads, after, 100, None)).Select(row => row.Key.Key));
    }

    [StoreFact]
    public async Task View_ShowsItsColumnsOfTheTable()
    {
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a", recipe: new byte[100])));

        var found = (await Store.FindAsync(Schema.ObjectListing, Key(1, "a"), None))!;
        var scanned = Assert.Single(await Store.ScanAsync(Schema.ObjectListing, ObjectKey.AllOf(1), 10, None));

        var expected = new ObjectListingRow(found.Key, 5, "etag of a", 1_000, "owner", 3, null);
        Assert.Equal(expected, found);
        Assert.Equal(expected, scanned with { Key = found.Key });
        Assert.ThrowsAny<ArgumentException>(() => new MetadataTransaction().Put(Schema.ObjectListing, found));
    }

    [StoreFact]
    public async Task Fence_AcceptsTheCurrentEpochAlone()
    {
        await CommitAsync(new MetadataTransaction().Put(Schema.Owners, Owner("bucket/1", 4)));
        await CommitAsync(new MetadataTransaction().Fence("bucket/1", 4).Put(Schema.Objects, Object(1, "a")));

        foreach (var epoch in new long[] { 0, 3, 5 })
        {
            var late = new MetadataTransaction().Fence("bucket/1", epoch).Put(Schema.Objects, Object(1, "b"));
            var fenced = await Assert.ThrowsAsync<FencedException>(async () => await CommitAsync(late));
            Assert.Equal(("bucket/1", epoch), (fenced.Owner, fenced.Epoch));
        }

        Assert.Equal(["a"], await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task Fence_EpochZero_IsTheEpochOfWhatNeverHadAnOwner()
    {
        await CommitAsync(new MetadataTransaction().Fence("x", 0).Put(Schema.Objects, Object(1, "a")));
        Assert.Null(await Store.FindAsync(Schema.Owners, "x", None));

        await CommitAsync(new MetadataTransaction().Fence("x", 0).Put(Schema.Owners, Owner("x", 1)));
        await Assert.ThrowsAsync<FencedException>(async () =>
            await CommitAsync(new MetadataTransaction().Fence("x", 0).Put(Schema.Owners, Owner("x", 1))));
        await Assert.ThrowsAsync<FencedException>(async () =>
            await CommitAsync(new MetadataTransaction().Fence("y", 1).Put(Schema.Objects, Object(1, "b"))));
    }

    [StoreFact]
    public async Task RequireRow_And_RequireNoRow()
    {
        await PutObjectsAsync("a");

        await CommitAsync(new MetadataTransaction()
            .RequireRow(Schema.Objects, Key(1, "a")).RequireNoRow(Schema.Objects, Key(1, "b")).Put(Schema.Objects, Object(1, "c")));
        await AssertViolatedAsync(
            "objects", new MetadataTransaction().RequireRow(Schema.Objects, Key(1, "b")).Put(Schema.Objects, Object(1, "d")));
        await AssertViolatedAsync(
            "objects", new MetadataTransaction().RequireNoRow(Schema.Objects, Key(1, "a")).Put(Schema.Objects, Object(1, "d")));

        Assert.Equal(["a", "c"], await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task Conditions_AreCheckedBeforeTheTransactionsOwnChanges()
    {
        await CommitAsync(new MetadataTransaction()
            .Put(Schema.Objects, Object(1, "a"))
            .RequireNoRow(Schema.Objects, Key(1, "a"))
            .RequireEmpty(Schema.Objects, ObjectKey.AllOf(1)));
        await AssertViolatedAsync(
            "objects",
            new MetadataTransaction().Put(Schema.Objects, Object(1, "b")).RequireRow(Schema.Objects, Key(1, "b")));
        await CommitAsync(new MetadataTransaction()
            .Delete(Schema.Objects, Key(1, "a")).RequireRow(Schema.Objects, Key(1, "a")));

        Assert.Empty(await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task RequireEmpty_LooksAtItsRangeAlone()
    {
        await PutObjectsAsync("a", "c");

        await CommitAsync(new MetadataTransaction()
            .RequireEmpty(Schema.Objects, ObjectKey.AllOf(2))
            .RequireEmpty(Schema.Objects, new KeyRange<ObjectKey>(Key(1, "a"), FromInclusive: false, Key(1, "c")))
            .Put(Schema.Objects, Object(3, "x")));
        await AssertViolatedAsync("objects", new MetadataTransaction()
            .RequireEmpty(Schema.Objects, new KeyRange<ObjectKey>(Key(1, "a"), FromInclusive: true, Key(1, "b")))
            .Put(Schema.Objects, Object(3, "y")));

        Assert.Equal(["x"], await KeysAsync(ObjectKey.AllOf(3)));
    }

    [StoreFact]
    public async Task RequireEmpty_BesideARequiredAbsentRow_OfTheSameRange()
    {
        await CommitAsync(new MetadataTransaction()
            .RequireNoRow(Schema.Objects, Key(1, "b"))
            .RequireEmpty(Schema.Objects, ObjectKey.AllOf(1))
            .Put(Schema.Objects, Object(1, "a")));
        Assert.Equal(["a"], await KeysAsync(ObjectKey.AllOf(1)));

        await AssertViolatedAsync("objects", new MetadataTransaction()
            .RequireNoRow(Schema.Objects, Key(1, "b"))
            .RequireEmpty(Schema.Objects, ObjectKey.AllOf(1))
            .Put(Schema.Objects, Object(1, "c")));
        Assert.Equal(["a"], await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task Violation_NamesTheFirstConditionThatDoesNotHold()
    {
        var transaction = new MetadataTransaction()
            .RequireRow(Schema.BucketIds, 1)
            .Fence("x", 9)
            .RequireRow(Schema.Buckets, "b");

        await AssertViolatedAsync("bucket_ids", transaction);
    }

    [StoreFact]
    public async Task DeleteRange_DeletesItsRangeAlone()
    {
        await PutObjectsAsync("a", "b", "c", "d");
        await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(2, "b")));

        await CommitAsync(new MetadataTransaction()
            .DeleteRange(Schema.Objects, new KeyRange<ObjectKey>(Key(1, "a"), FromInclusive: false, Key(1, "d"))));

        Assert.Equal(["a", "d"], await KeysAsync(ObjectKey.AllOf(1)));
        Assert.Equal(["b"], await KeysAsync(ObjectKey.AllOf(2)));
    }

    [StoreFact]
    public async Task RowsThatDoNotFit_AreRefusedBeforeAnythingIsCommitted()
    {
        MetadataTransaction[] bad =
        [
            new MetadataTransaction().Put(Schema.Buckets, Bucket("a\0b")),
            new MetadataTransaction().Put(Schema.Buckets, Bucket("half \uD83D pair")),
            new MetadataTransaction().Put(Schema.Buckets, new BucketRow("b", 1, null!, 1, "default")),
            new MetadataTransaction().Put(Schema.Objects, Object(1, "a") with { Key = new ObjectKey(1, null!) }),
            new MetadataTransaction().RequireRow(Schema.Buckets, "a\0b"),
        ];
        foreach (var transaction in bad)
        {
            transaction.Put(Schema.Objects, Object(1, "x"));
            await Assert.ThrowsAnyAsync<ArgumentException>(async () => await CommitAsync(transaction));
        }

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.FindAsync(Schema.Buckets, "a\0b", None));
        Assert.Empty(await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task ConcurrentTransactions_FailAlone()
    {
        const int Count = 400;
        await PutObjectsAsync("there");
        var commits = Enumerable.Range(0, Count).Select(i =>
        {
            var transaction = new MetadataTransaction().Put(Schema.Objects, Object(2, $"{i:D3}"));
            return (i % 4) switch
            {
                0 => transaction.RequireRow(Schema.Objects, Key(1, "absent")),
                1 => transaction.RequireRow(Schema.Objects, Key(1, "there")),
                2 => transaction.Fence("nobody", 3),
                _ => transaction.RequireNoRow(Schema.Objects, Key(1, "absent")),
            };
        }).Select(transaction => OutcomeAsync(transaction)).ToArray();

        var outcomes = await Task.WhenAll(commits);

        Type?[] expected = [typeof(MetadataConditionException), null, typeof(FencedException), null];
        Assert.Equal(Enumerable.Range(0, Count).Select(i => expected[i % 4]), outcomes.Select(outcome => outcome?.GetType()));
        Assert.Equal(
            Enumerable.Range(0, Count).Where(i => i % 2 == 1).Select(i => $"{i:D3}"), await KeysAsync(ObjectKey.AllOf(2)));
    }

    [StoreFact]
    public async Task ConcurrentTakers_EachEpochHasOneWinner()
    {
        const int Takers = 8;
        const int Epochs = 10;
        var won = new int[Epochs + 1];
        await Task.WhenAll(Enumerable.Range(0, Takers).Select(async taker =>
        {
            await Task.Yield();
            while (true)
            {
                var epoch = (await Store.FindAsync(Schema.Owners, "prize", None))?.Epoch ?? 0;
                if (epoch >= Epochs)
                {
                    return;
                }

                var take = new MetadataTransaction()
                    .Fence("prize", epoch).Put(Schema.Owners, new OwnerRow("prize", epoch + 1, taker, true));
                if (await OutcomeAsync(take) is null)
                {
                    Interlocked.Increment(ref won[epoch + 1]);
                }
            }
        }));

        Assert.Equal(Enumerable.Repeat(1, Epochs), won[1..]);
    }

    /// <summary>
    /// Goal: a bucket's end and writes into it exclude each other, however they meet.
    /// Method: every writer requires the bucket's row; the end requires it too, requires the bucket to be empty, and
    /// deletes the row. Whoever wins, no object is ever in a bucket that is gone.
    /// </summary>
    [StoreFact]
    public async Task EmptyRange_HoldsAgainstWritersThatRequireTheRow()
    {
        const int Rounds = 40;
        var (ended, kept) = (0, 0);
        for (var round = 1; round <= Rounds; round++)
        {
            await CommitAsync(new MetadataTransaction().Put(Schema.BucketIds, new BucketIdRow(round, "b")));
            var write = new MetadataTransaction()
                .RequireRow(Schema.BucketIds, round).Put(Schema.Objects, Object(round, "a"));
            var end = new MetadataTransaction()
                .RequireRow(Schema.BucketIds, round)
                .RequireEmpty(Schema.Objects, ObjectKey.AllOf(round))
                .Delete(Schema.BucketIds, round);
            var first = OutcomeAsync(round % 2 == 0 ? write : end);
            var outcomes = await Task.WhenAll(first, OutcomeAsync(round % 2 == 0 ? end : write));

            Assert.Single(outcomes, outcome => outcome is null);
            var isThere = await Store.FindAsync(Schema.BucketIds, round, None) is not null;
            Assert.Equal(isThere ? 1 : 0, (await KeysAsync(ObjectKey.AllOf(round))).Count);
            (ended, kept) = isThere ? (ended, kept + 1) : (ended + 1, kept);
        }

        Assert.True(ended > 0 && kept > 0, $"ended {ended}, kept {kept}");
    }

    /// <summary>Two transactions, each of which requires that the other's row is not there: only one may win.</summary>
    [StoreFact]
    public async Task AbsentRows_AreHeldAbsent()
    {
        for (var round = 0; round < 12; round++)
        {
            var (a, b) = ($"a{round}", $"b{round}");
            var outcomes = await Task.WhenAll(
                OutcomeAsync(new MetadataTransaction().Fence("x", 0).RequireNoRow(Schema.Buckets, a).Put(Schema.Buckets, Bucket(b))),
                OutcomeAsync(new MetadataTransaction().Fence("y", 0).RequireNoRow(Schema.Buckets, b).Put(Schema.Buckets, Bucket(a))));

            Assert.Single(outcomes, outcome => outcome is null);
            Assert.IsType<MetadataConditionException>(Assert.Single(outcomes, outcome => outcome is not null));
        }

        Assert.Null(await Store.FindAsync(Schema.Owners, "x", None));
    }

    [StoreFact]
    public async Task Reads_SeeWhatWasAcknowledged()
    {
        for (var i = 0; i < 50; i++)
        {
            await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a", sizeBytes: i)));
            Assert.Equal(i, (await FindAsync(1, "a"))!.SizeBytes);
            Assert.Equal(i, (await Store.ScanAsync(Schema.ObjectListing, ObjectKey.AllOf(1), 1, None))[0].SizeBytes);
        }
    }

    [StoreFact]
    public async Task Cancellation_BeforeTheCall_ChangesNothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Store.CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a")), cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Store.FindAsync(Schema.Objects, Key(1, "a"), cancelled.Token));

        Assert.Null(await FindAsync(1, "a"));
    }

    [StoreFact]
    public async Task Cancellation_WhileQueued_IsAllOrNothing()
    {
        const int Count = 300;
        using var cancellation = new CancellationTokenSource();
        var commits = Enumerable.Range(0, Count)
            .Select(i => OutcomeAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, $"{i:D3}")), cancellation.Token))
            .ToArray();
        await cancellation.CancelAsync();
        var outcomes = await Task.WhenAll(commits);

        Assert.All(outcomes, outcome => Assert.True(outcome is null or OperationCanceledException, $"{outcome}"));
        Assert.Equal(
            Enumerable.Range(0, Count).Where(i => outcomes[i] is null).Select(i => $"{i:D3}"),
            await KeysAsync(ObjectKey.AllOf(1)));
    }

    [StoreFact]
    public async Task DisposedStore_RefusesCalls()
    {
        await Store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () =>
            await CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "a"))));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await FindAsync(1, "a"));
        await Store.DisposeAsync();
    }

    /// <summary>
    /// Goal: the store does what the plainest model does.
    /// Method: random transactions over few keys, against sorted dictionaries; every outcome and every row compared.
    /// </summary>
    [StoreFact]
    public async Task RandomTransactions_AgreeWithAModel()
    {
        var seed = TestSeed.Next();
        var model = new StoreModel(TestSeed.Create(seed));
        for (var step = 0; step < RandomSteps; step++)
        {
            var (transaction, expected) = model.Next();
            var outcome = await OutcomeAsync(transaction);
            Assert.True(outcome?.GetType() == expected, $"seed {seed}, step {step}: {expected?.Name}, but {outcome}");
            if (step % 10 == 0)
            {
                var rows = await Store.ScanAsync(Schema.Objects, model.Everything, 10_000, None);
                Assert.True(model.Matches(rows), $"seed {seed}, step {step}");
            }
        }

        Assert.True(model.Committed > RandomSteps / 5 && model.Refused > RandomSteps / 5, $"seed {seed}: {model.Committed}");
    }

    protected virtual int RandomSteps => 1_000;

    protected abstract ValueTask<IMetadataStore> OpenAsync();

    protected ValueTask CommitAsync(MetadataTransaction transaction) => Store.CommitAsync(transaction, None);

    protected async Task<Exception?> OutcomeAsync(MetadataTransaction transaction, CancellationToken cancellationToken = default) =>
        await Record.ExceptionAsync(async () => await Store.CommitAsync(transaction, cancellationToken));

    protected ValueTask<ObjectRow?> FindAsync(long bucketId, string key) =>
        Store.FindAsync(Schema.Objects, Key(bucketId, key), None);

    protected async Task<IReadOnlyList<string>> KeysAsync(KeyRange<ObjectKey> range, int limit = 10_000) =>
        [.. (await Store.ScanAsync(Schema.ObjectListing, range, limit, None)).Select(row => Encoding.UTF8.GetString(row.Key.Key))];

    private async Task PutObjectsAsync(params string[] keys)
    {
        var transaction = new MetadataTransaction();
        foreach (var key in keys)
        {
            transaction.Put(Schema.Objects, Object(1, key));
        }

        await CommitAsync(transaction);
    }

    private async Task AssertViolatedAsync(string table, MetadataTransaction transaction)
    {
        var violation = await Assert.ThrowsAsync<MetadataConditionException>(async () => await CommitAsync(transaction));
        Assert.Equal(table, violation.Table);
    }
}
