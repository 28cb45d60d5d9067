using Npgsql;
using OrleansStorage.Metadata.Migrations;
using OrleansStorage.Metadata.Postgres;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Testing.Postgres;
using Xunit;
using static OrleansStorage.Metadata.Tests.TestRows;

namespace OrleansStorage.Metadata.Tests.Postgres;

[Collection(PostgresCollection.Name)]
public sealed class PostgresMetadataStoreTests(SharedPostgres postgres)
{
    [PostgresFact]
    public async Task Tables_AreWhatTheMappingsSay()
    {
        var options = await postgres.NewDatabaseAsync();
        await using var store = await PostgresMetadataStore.OpenAsync(options, default);

        foreach (var table in Schema.Tables)
        {
            Assert.Equal(SchemaText.Of(table), SchemaText.Of(await ColumnsOfAsync(options, table.Name)));
        }

        var ordered = await QueryAsync(
            options,
            "SELECT count(*) FROM information_schema.columns "
            + "WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'",
            reader => reader.GetInt64(0));
        Assert.Equal([0], ordered);
    }

    [PostgresFact]
    public async Task SilosThatStartTogether_MakeTheTablesOnce()
    {
        var options = await postgres.NewDatabaseAsync(lanes: 1);

        var stores = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => PostgresMetadataStore.OpenAsync(options, default).AsTask()));

        Assert.Equal(
            [Migration.All.Count],
            await QueryAsync(options, "SELECT count(*) FROM schema_version", reader => reader.GetInt64(0)));
        await Task.WhenAll(stores.Select(store => store.DisposeAsync().AsTask()));
    }

    [PostgresFact]
    public async Task NewerSchema_IsRefused()
    {
        var options = await postgres.NewDatabaseAsync(lanes: 1);
        await (await PostgresMetadataStore.OpenAsync(options, default)).DisposeAsync();
        await ExecuteAsync(options, "INSERT INTO schema_version VALUES (999, 999)");

        await Assert.ThrowsAsync<MetadataSchemaException>(async () => await PostgresMetadataStore.OpenAsync(options, default));
    }

    [PostgresFact]
    public async Task ServerThatIsNotThere_IsUnavailable()
    {
        var options = new PostgresMetadataStoreOptions { ConnectionString = "Host=127.0.0.1;Port=1;Username=x;Timeout=2" };

        var failure = await Assert.ThrowsAsync<MetadataUnavailableException>(
            async () => await PostgresMetadataStore.OpenAsync(options, default));

        Assert.False(failure.OutcomeUnknown);
    }

    [PostgresFact]
    public async Task MemberThatTheServerRefuses_FailsAlone()
    {
        var options = await postgres.NewDatabaseAsync(lanes: 1);
        await using var store = await PostgresMetadataStore.OpenAsync(options, default);
        await ExecuteAsync(options, "ALTER TABLE buckets ADD CONSTRAINT refuse CHECK (name NOT LIKE 'bad%')");

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i => await Record.ExceptionAsync(async () =>
            await store.CommitAsync(
                new MetadataTransaction().Put(Schema.Buckets, Bucket(i % 10 == 3 ? $"bad{i:D2}" : $"good{i:D2}")), default))));

        var range = new KeyRange<string>("", FromInclusive: true, "z");
        var buckets = await store.ScanAsync(Schema.Buckets, range, 1_000, default);
        Assert.Equal(Enumerable.Range(0, 60).Where(i => i % 10 != 3).Select(i => $"good{i:D2}"), buckets.Select(row => row.Name));
        Assert.All(outcomes.Where((_, i) => i % 10 == 3), outcome =>
            Assert.False(Assert.IsType<MetadataUnavailableException>(outcome).OutcomeUnknown));
        Assert.Equal(6, outcomes.Count(outcome => outcome is not null));
    }

    /// <summary>
    /// Goal: who has taken an owner and then reads sees every write that the earlier holder was acknowledged, and
    /// every later one is fenced. Method: one store writes as fast as it can, another one takes over and reads.
    /// A store whose conditions only hold at its own snapshot fails here.
    /// </summary>
    [PostgresFact]
    public async Task Takeover_SeesEveryAcknowledgedWrite_AndEndsTheOthers()
    {
        var options = await postgres.NewDatabaseAsync(lanes: 2);
        await using var one = await PostgresMetadataStore.OpenAsync(options, default);
        await using var other = await PostgresMetadataStore.OpenAsync(options, default);
        var writes = 0;
        for (var epoch = 1L; epoch <= 15; epoch++)
        {
            var (writer, taker) = epoch % 2 == 0 ? (one, other) : (other, one);
            var owner = $"x{epoch}";
            await writer.CommitAsync(new MetadataTransaction().Fence(owner, 0).Put(Schema.Owners, Owner(owner, 1)), default);
            var writing = WriteUntilFencedAsync(writer, owner, epoch);
            await Task.Delay(TimeSpan.FromMilliseconds(epoch), TimeProvider.System);

            await taker.CommitAsync(new MetadataTransaction().Fence(owner, 1).Put(Schema.Owners, Owner(owner, 2)), default);
            var seen = (await taker.FindAsync(Schema.StripeGroups, epoch, default))?.Epoch ?? 0;

            Assert.Equal(await writing, seen);
            Assert.Equal(seen, (await taker.FindAsync(Schema.StripeGroups, epoch, default))?.Epoch ?? 0);
            writes += (int)seen;
        }

        Assert.True(writes > 15, $"{writes}");
    }

    private static async Task<long> WriteUntilFencedAsync(PostgresMetadataStore store, string owner, long group)
    {
        for (var value = 1L; ; value++)
        {
            try
            {
                await store.CommitAsync(
                    new MetadataTransaction().Fence(owner, 1).Put(Schema.StripeGroups, new StripeGroupRow(group, "p", value, "", true)),
                    default);
            }
            catch (FencedException)
            {
                return value - 1;
            }
        }
    }

    private static async Task<List<(string Name, string Type, bool IsNullable, long KeyIndex)>> ColumnsOfAsync(
        PostgresMetadataStoreOptions options, string table) =>
        await QueryAsync(
            options,
            $"""
            SELECT c.column_name, c.data_type, c.is_nullable = 'YES', COALESCE(k.ordinal_position, 0)
            FROM information_schema.columns c LEFT JOIN information_schema.key_column_usage k
                ON k.table_name = c.table_name AND k.column_name = c.column_name
            WHERE c.table_name = '{table}' ORDER BY c.ordinal_position
            """,
            reader => (reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), (long)reader.GetInt32(3)));

    private static async Task<List<T>> QueryAsync<T>(
        PostgresMetadataStoreOptions options, string sql, Func<NpgsqlDataReader, T> read)
    {
        await using var connection = new NpgsqlConnection(options.ConnectionString);
        await connection.OpenAsync();
#pragma warning disable CA2100 // Written in this file.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync())
        {
            rows.Add(read(reader));
        }

        return rows;
    }

    private static async Task ExecuteAsync(PostgresMetadataStoreOptions options, string sql) =>
        await QueryAsync(options, sql, _ => 0);
}
