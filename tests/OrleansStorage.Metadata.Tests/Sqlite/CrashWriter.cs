using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Metadata.Tests.Sqlite;

/// <summary>Writes pairs of rows for ever, and says which are acknowledged.</summary>
internal static class CrashWriter
{
    private const int Writers = 8;

    public static async Task RunAsync(IMetadataStore store, string round, TextWriter acknowledged)
    {
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            for (var i = 0; ; i++)
            {
                var name = $"{round}-{writer}-{i}";
                await store.CommitAsync(Pair(name), default);
                await acknowledged.WriteLineAsync(name); // Console.Out is synchronized and flushes itself.
            }
        }));
    }

    public static MetadataTransaction Pair(string name) => new MetadataTransaction()
        .Put(Schema.Objects, TestRows.Object(1, name, recipe: new byte[3_000]))
        .Put(Schema.Buckets, TestRows.Bucket(name));
}
