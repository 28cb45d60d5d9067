using OrleansStorage.Metadata.Postgres;
using OrleansStorage.Metadata.Tables;
using OrleansStorage.Testing.Postgres;
using Xunit;
using static OrleansStorage.Metadata.Tests.TestRows;

namespace OrleansStorage.Metadata.Tests.Postgres;

public sealed class PostgresCrashTests
{
    /// <summary>
    /// Goal: what was acknowledged is there after the server is killed, what is known not to be committed is not, and
    /// the store goes on by itself. Method: many writers of unique rows; kill -9 in the middle; restart; compare.
    /// </summary>
    [PostgresFact]
    public async Task KilledServer_LosesNothingAcknowledged_AndTheStoreComesBack()
    {
        await using var server = await PostgresServer.StartAsync();
        var options = new PostgresMetadataStoreOptions { ConnectionString = await server.CreateDatabaseAsync("crash") };
        await using var store = await PostgresMetadataStore.OpenAsync(options, default);
        var outcomes = new Dictionary<string, MetadataUnavailableException?>();
        var rounds = 0;
        for (; rounds < 25 && !outcomes.Values.Any(outcome => outcome is { OutcomeUnknown: true }); rounds++)
        {
            await WriteWhileKilledAsync(store, server, outcomes, rounds);
            await server.RestartAsync();
        }

        var rows = await store.ScanAsync(Schema.ObjectListing, ObjectKey.AllOf(1), int.MaxValue, default);
        var there = rows.Select(row => TextOf(row.Key)).ToHashSet();
        foreach (var (key, outcome) in outcomes.Where(pair => pair.Value is not { OutcomeUnknown: true }))
        {
            Assert.True(there.Contains(key) == (outcome is null), $"{key}: {outcome?.Message ?? "acknowledged"}");
        }

        Assert.True(outcomes.Values.Count(outcome => outcome is null) > 100);
        Assert.Contains(outcomes.Values, outcome => outcome is { OutcomeUnknown: true });
        await store.CommitAsync(new MetadataTransaction().Put(Schema.Objects, Object(1, "after")), default);
    }

    private static async Task WriteWhileKilledAsync(
        PostgresMetadataStore store, PostgresServer server, Dictionary<string, MetadataUnavailableException?> outcomes, int round)
    {
        var acknowledged = 0;
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writers = Enumerable.Range(0, 16).Select(async writer =>
        {
            for (var i = 0; ; i++)
            {
                var key = $"{round}-{writer}-{i}";
                var failure = await Record.ExceptionAsync(async () => await store.CommitAsync(
                    new MetadataTransaction().Fence($"w{writer}", 0).Put(Schema.Objects, Object(1, key, new byte[500])), default));
                lock (outcomes)
                {
                    outcomes[key] = failure is null ? null : Assert.IsType<MetadataUnavailableException>(failure);
                }

                if (failure is not null)
                {
                    return;
                }

                if (Interlocked.Increment(ref acknowledged) == 150)
                {
                    enough.SetResult();
                }
            }
        }).ToArray();
        await enough.Task;
        await server.KillAsync();
        await Task.WhenAll(writers);
    }
}
