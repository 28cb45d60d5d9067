using System.Diagnostics;
using System.Text;
using OrleansStorage.Metadata.Migrations;
using OrleansStorage.Metadata.Sqlite;
using OrleansStorage.Metadata.Tables;
using Xunit;
using static OrleansStorage.Metadata.Tests.TestRows;

namespace OrleansStorage.Metadata.Tests.Sqlite;

public sealed class SqliteMetadataStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Path => _directory.File("metadata.db");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task SecondOpener_IsToldThatItIsOpen()
    {
        await using (SqliteMetadataStore.Open(Path))
        {
            var refused = Assert.Throws<MetadataUnavailableException>(() => SqliteMetadataStore.Open(Path));
            Assert.Contains("has it open", refused.Message, StringComparison.Ordinal);
        }

        await using var again = SqliteMetadataStore.Open(Path, new SqliteMetadataStoreOptions { IsExclusive = false });
        Assert.False(again.IsExclusive);
    }

    [Fact]
    public async Task ReopenedStore_HasEverything()
    {
        await using (var store = SqliteMetadataStore.Open(Path))
        {
            await store.CommitAsync(CrashWriter.Pair("a"), default);
            Assert.True(store.IsExclusive);
        }

        await using var again = SqliteMetadataStore.Open(Path);
        Assert.Equal(3_000, (await again.FindAsync(Schema.Objects, Key(1, "a"), default))!.Recipe!.Length);
    }

    /// <summary>Goal: what was acknowledged survives kill -9, and no transaction survives in part.</summary>
    /// <remarks>Method: a child process writes pairs of rows, and is killed when it has acknowledged a random number.</remarks>
    [Fact]
    public async Task KilledProcess_LosesNothingAcknowledged()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var acknowledged = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            acknowledged.AddRange(await WriteAndKillAsync($"{round}", random.Next(1, 1_500)));
            await using var store = SqliteMetadataStore.Open(Path);
            var objects = await store.ScanAsync(Schema.ObjectListing, ObjectKey.AllOf(1), int.MaxValue, default);
            var buckets = await store.ScanAsync(
                Schema.Buckets, new KeyRange<string>("", FromInclusive: true, "z"), int.MaxValue, default);
            var names = objects.Select(row => Encoding.UTF8.GetString(row.Key.Key)).ToHashSet();

            Assert.True(acknowledged.TrueForAll(names.Contains), $"seed {seed}, round {round}: an acknowledged row is gone");
            Assert.True(names.SetEquals(buckets.Select(row => row.Name)), $"seed {seed}, round {round}: half a transaction");
        }

        Assert.True(acknowledged.Count > 3, $"seed {seed}");
    }

    [Fact]
    public async Task WriterConnection_SyncsEveryCommit()
    {
        await using (SqliteMetadataStore.Open(Path))
        {
        }

        using var database = SqliteDatabase.Open(Path, cacheBytes: 1024 * 1024, readOnly: false);
        var synchronous = database.Statement("PRAGMA synchronous");
        Assert.True(synchronous.Step());
        Assert.Equal(2, synchronous.Int64());
        synchronous.Reset();
        var journal = database.Statement("PRAGMA journal_mode");
        Assert.True(journal.Step());
        Assert.Equal("wal", journal.Text());
        journal.Reset();
    }

    [Theory]
    [InlineData(999, 999, false)]
    [InlineData(999, 1, true)]
    public async Task NewerSchema_IsOpenedOnlyIfItSaysSo(long version, long minCompatibleVersion, bool opens)
    {
        await using (SqliteMetadataStore.Open(Path))
        {
        }

        using (var database = SqliteDatabase.Open(Path, cacheBytes: 1024 * 1024, readOnly: false))
        {
            database.Execute($"INSERT INTO schema_version VALUES ({version}, {minCompatibleVersion})");
        }

        if (opens)
        {
            await using var store = SqliteMetadataStore.Open(Path);
            await store.CommitAsync(CrashWriter.Pair("a"), default);
        }
        else
        {
            var refused = Assert.Throws<MetadataSchemaException>(() => SqliteMetadataStore.Open(Path));
            Assert.Contains("schema version 999", refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void FileThatIsNoDatabase_IsCorrupt()
    {
        File.WriteAllText(Path, string.Concat(Enumerable.Repeat("This is no database. ", 500)));

        Assert.Throws<MetadataCorruptException>(() => SqliteMetadataStore.Open(Path));
        Assert.Throws<MetadataCorruptException>(() => SqliteMetadataStore.Open(Path)); // The lock was given back.
    }

    [Fact]
    public void Tables_AreWhatTheMappingsSay()
    {
        using var database = SqliteDatabase.Open(Path, cacheBytes: 1024 * 1024, readOnly: false);
        SqliteMigrator.Migrate(database);
        SqliteMigrator.Migrate(database); // Nothing is left to do.

        foreach (var table in Schema.Tables)
        {
            Assert.Equal(SchemaText.Of(table), SchemaText.Of(ColumnsOf(database, table.Name)));
        }

        var tables = Rows(database, "SELECT name FROM sqlite_schema WHERE type = 'table'", each => each.Text());
        Assert.Equal(Schema.Tables.Select(table => table.Name).Append("schema_version").Order(), tables.Order());
    }

    [Fact]
    public async Task StoreOfTheFirstSchema_IsCarriedOver()
    {
        using (var database = SqliteDatabase.Open(Path, cacheBytes: 1024 * 1024, readOnly: false))
        {
            database.Execute(SqlDialect.Sqlite.Translate(Migration.VersionTable));
            database.Execute(Migration.All[0].Script(SqlDialect.Sqlite));
            database.Execute("INSERT INTO buckets (name, bucket_id, owner_id, created_ms) VALUES ('b', 7, 'me', 5)");
            database.Execute("INSERT INTO pools (name, protection, tier, created_ms) VALUES ('default', 'mirror:2', 'Ssd', 5)");
        }

        await using var store = SqliteMetadataStore.Open(Path);
        Assert.Equal(new BucketRow("b", 7, "me", 5, "default"), await store.FindAsync(Schema.Buckets, "b", default));
        Assert.Equal(
            new PoolRow("default", "mirror:2", "Ssd", 5, "device"), await store.FindAsync(Schema.Pools, "default", default));
    }

    [Fact]
    public async Task MemberThatTheDatabaseRefuses_FailsAlone()
    {
        await using var store = SqliteMetadataStore.Open(Path);
        using (var other = SqliteDatabase.Open(Path, cacheBytes: 1024 * 1024, readOnly: false))
        {
            other.Execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON buckets WHEN new.name LIKE 'bad%' "
                + "BEGIN SELECT raise(ABORT, 'refused'); END");
        }

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 100).Select(async i => await Record.ExceptionAsync(async () =>
            await store.CommitAsync(CrashWriter.Pair(i % 10 == 3 ? $"bad{i:D2}" : $"good{i:D2}"), default))));

        var objects = await store.ScanAsync(Schema.ObjectListing, ObjectKey.AllOf(1), 1_000, default);
        Assert.Equal(
            Enumerable.Range(0, 100).Where(i => i % 10 != 3).Select(i => $"good{i:D2}"), objects.Select(row => TextOf(row.Key)));
        Assert.All(outcomes.Index(), outcome =>
        {
            if (outcome.Index % 10 == 3)
            {
                Assert.False(Assert.IsType<MetadataUnavailableException>(outcome.Item).OutcomeUnknown);
            }
            else
            {
                Assert.Null(outcome.Item);
            }
        });
    }

    [Fact]
    public async Task TransactionsThatArriveDuringACommit_GoTogether()
    {
        const int Transactions = 300;
        await using var store = SqliteMetadataStore.Open(Path);

        await Task.WhenAll(Enumerable.Range(0, Transactions).Select(i =>
            store.CommitAsync(CrashWriter.Pair($"{i}"), default).AsTask()));

        Assert.InRange(store.Batches, 1, Transactions / 3);
    }

    [Fact]
    public async Task Log_StaysShort_WhileCommitsAndReadsGoOn()
    {
        const int LogBytes = 1024 * 1024;
        await using var store = SqliteMetadataStore.Open(Path, new SqliteMetadataStoreOptions { LogBytes = LogBytes });
        for (var i = 0; i < 150; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(j => Task.WhenAll(
                store.CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(j, $"{i}", new byte[20_000])), default).AsTask(),
                store.ScanAsync(Schema.ObjectListing, ObjectKey.AllOf(j), 20, default).AsTask())));
        }

        Assert.InRange(new FileInfo(Path + "-wal").Length, 1, 8 * LogBytes);
        Assert.True(new FileInfo(Path).Length > 10 * LogBytes, "The database file holds what has left the log.");
    }

    private async Task<List<string>> WriteAndKillAsync(string round, int count)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        foreach (var argument in new[] { "exec", typeof(Program).Assembly.Location, Program.WriteForEver, Path, round })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var lines = new List<string>();
        while (lines.Count < count && await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
        }

        process.Kill();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line); // Acknowledged before the kill, and still in the pipe; the last line may be cut.
        }

        await process.WaitForExitAsync();
        return lines[..^1];
    }

    private static List<(string Name, string Type, bool IsNullable, long KeyIndex)> ColumnsOf(SqliteDatabase database, string table) =>
        Rows(
            database,
            $"SELECT name, type, \"notnull\", pk FROM pragma_table_info('{table}') ORDER BY cid",
            row => (row.Text(), row.Text(), row.Int64() == 0, row.Int64()));

    private static List<T> Rows<T>(SqliteDatabase database, string sql, Func<SqliteStatement, T> read)
    {
        var statement = database.Statement(sql);
        var rows = new List<T>();
        while (statement.Step())
        {
            rows.Add(read(statement));
        }

        statement.Reset();
        return rows;
    }
}
