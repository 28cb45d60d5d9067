using OrleansStorage.Bench.Metadata;

// Usage: OrleansStorage.Bench.Metadata [memory] [sqlite] [postgres] [layout] [--rows N] [--seconds S]
var options = BenchOptions.Parse(args);
Console.WriteLine($"{Environment.ProcessorCount} cores, {options.Rows:N0} rows, {options.Seconds} s a row; CPU of this process only");
Console.WriteLine($"raw fdatasync of 4 KiB: {RawSync.Measure(options):N0}/s");
if (options.Runs("layout"))
{
    LayoutBench.Run(options);
}

if (options.Runs("memory"))
{
    await StoreBench.RunAsync("memory", Stores.OpenMemory(), options);
}

if (options.Runs("sqlite"))
{
    using var directory = new WorkDirectory();
    await StoreBench.RunAsync("sqlite", Stores.OpenSqlite(directory), options);
}

if (options.Runs("postgres"))
{
    await Stores.WithPostgresAsync(store => StoreBench.RunAsync("postgres", store, options));
}

Console.WriteLine($"raw fdatasync of 4 KiB: {RawSync.Measure(options):N0}/s");
