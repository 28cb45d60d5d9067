using OrleansStorage.Silo;
using OrleansStorage.Silo.Configuration;

try
{
    return await Node.RunAsync(SiloArguments.Parse(args), Environment.GetEnvironmentVariable, Console.Out, Console.Error);
}
catch (UsageException e)
{
    await Console.Error.WriteLineAsync($"silo: {e.Message}");
    await Console.Error.WriteLineAsync(SiloArguments.Usage);
    return 2;
}
