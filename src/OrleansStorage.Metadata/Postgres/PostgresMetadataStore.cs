using Npgsql;
using OrleansStorage.Metadata.Rows;

namespace OrleansStorage.Metadata.Postgres;

/// <summary>A metadata store in a PostgreSQL database, shared by every silo of a cluster.</summary>
/// <remarks>
/// Transactions run at READ COMMITTED and lock what they require, so that a condition holds from its check to the
/// commit, also against readers that are no transactions. Commits are synchronous; on a server with <c>fsync=off</c> or
/// with weaker replication settings, acknowledged means what that server promises.
/// A commit whose connection breaks has an unknown outcome, and may still be carried out a little later.
/// </remarks>
public sealed class PostgresMetadataStore : IMetadataStore
{
    private readonly NpgsqlDataSource _source;
    private readonly PostgresMetadataStoreOptions _options;
    private readonly PostgresLane[] _lanes;
    private uint _nextLane;
    private int _isDisposed;

    private PostgresMetadataStore(NpgsqlDataSource source, PostgresMetadataStoreOptions options)
    {
        _source = source;
        _options = options;
        _lanes = [.. Enumerable.Range(0, options.Lanes).Select(_ => new PostgresLane(source, options))];
    }

    /// <inheritdoc/>
    public bool IsExclusive => false;

    /// <summary>Connects, and brings the schema up to date.</summary>
    /// <exception cref="MetadataUnavailableException">The server cannot be reached, or refuses.</exception>
    /// <exception cref="Migrations.MetadataSchemaException">The schema was made by a newer program.</exception>
    public static async ValueTask<PostgresMetadataStore> OpenAsync(
        PostgresMetadataStoreOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var source = Connect(options);
        try
        {
            await PostgresMigrator.MigrateAsync(source, cancellationToken);
            return new PostgresMetadataStore(source, options);
        }
        catch (NpgsqlException failure)
        {
            await source.DisposeAsync();
            throw PostgresFailure.ToMetadataException(failure, outcomeUnknown: false);
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask CommitAsync(MetadataTransaction transaction, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        var prepared = PreparedTransaction.From(transaction);
        return cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled(cancellationToken)
            : LaneOf(prepared).CommitAsync(prepared, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<TRow?> FindAsync<TKey, TRow>(
        Table<TKey, TRow> table, TKey key, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        var rows = await ReadAsync(
            table, table.Layout.Sql.Find, parameters => table.WriteKey(key, parameters), cancellationToken);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<TRow>> ScanAsync<TKey, TRow>(
        Table<TKey, TRow> table, KeyRange<TKey> range, int limit, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        return await ReadAsync(
            table,
            table.Layout.Sql.Scan(range.FromInclusive),
            parameters =>
            {
                table.WriteKey(range.From, parameters);
                table.WriteKey(range.To, parameters);
                parameters.Int64(limit);
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        foreach (var lane in _lanes)
        {
            await lane.EndAsync();
        }

        await _source.DisposeAsync();
    }

    private static NpgsqlDataSource Connect(PostgresMetadataStoreOptions options)
    {
        const int PreparedMax = 200; // Ten statements for each table.
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        builder.ConnectionStringBuilder.MaxAutoPrepare = PreparedMax;
        builder.ConnectionStringBuilder.AutoPrepareMinUsages = 2;
        builder.ConnectionStringBuilder.CommandTimeout = (int)options.CommandTimeout.TotalSeconds;
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        builder.UsePhysicalConnectionInitializer(
            _ => throw new NotSupportedException("Connections are opened asynchronously."),
            async connection =>
            {
                await using var command = new NpgsqlCommand(
                    "SELECT set_config('synchronous_commit', 'on', false) "
                    + "WHERE current_setting('synchronous_commit') = 'off'",
                    connection);
                await command.ExecuteNonQueryAsync();
            });
        return builder.Build();
    }

    private PostgresLane LaneOf(PreparedTransaction transaction)
    {
        var fence = Array.Find(transaction.Conditions, condition => condition.Kind == ConditionKind.Epoch);
        var hash = fence is null
            ? Interlocked.Increment(ref _nextLane)
            : (uint)fence.Key[0].Text!.GetHashCode(StringComparison.Ordinal);
        return _lanes[hash % (uint)_lanes.Length];
    }

    private async ValueTask<List<TRow>> ReadAsync<TKey, TRow>(
        Table<TKey, TRow> table, string sql, Action<PostgresParameters> bind, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        ObjectDisposedException.ThrowIf(_isDisposed != 0, this);
        for (var isSecond = false; ; isSecond = true)
        {
            try
            {
                return await ReadOnceAsync(table, sql, bind, cancellationToken);
            }
            catch (NpgsqlException failure) when (failure is PostgresException || isSecond)
            {
                throw PostgresFailure.ToMetadataException(failure, outcomeUnknown: false);
            }
            catch (NpgsqlException)
            {
                // A pooled connection may have been broken for long; the second one is new.
            }
        }
    }

    private async ValueTask<List<TRow>> ReadOnceAsync<TKey, TRow>(
        Table<TKey, TRow> table, string sql, Action<PostgresParameters> bind, CancellationToken cancellationToken)
        where TKey : notnull
        where TRow : class
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
#pragma warning disable CA2100 // Derived from the table; values are parameters.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        bind(new PostgresParameters(command.Parameters));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var row = new PostgresRowReader(reader);
        var rows = new List<TRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(table.Read(row.FromStart()));
        }

        return rows;
    }
}
