using OrleansStorage.Metadata.Sqlite;

namespace OrleansStorage.Metadata.Tests;

/// <summary>The process that crash tests kill.</summary>
internal static class Program
{
    public const string WriteForEver = "write-for-ever";

    public static async Task<int> Main(string[] arguments)
    {
        if (arguments is not [WriteForEver, var path, var round])
        {
            await Console.Error.WriteLineAsync("This is a test assembly: run it with dotnet test.");
            return 1;
        }

        var options = new SqliteMetadataStoreOptions { LogBytes = 1024 * 1024 };
        await using var store = SqliteMetadataStore.Open(path, options);
        await Sqlite.CrashWriter.RunAsync(store, round, Console.Out);
        return 0;
    }
}
