using System.Diagnostics;
using Xunit;

namespace OrleansStorage.Conformance.Tools;

/// <summary>What a foreign program did.</summary>
internal sealed record ToolRun(string CommandLine, int ExitCode, string Output, string Errors)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    public string[] OutputLines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Runs a program to its end; after four minutes it is killed and the test fails.</summary>
    public static async Task<ToolRun> RunAsync(ProcessStartInfo start) => await RunAsync(start, ReadTextAsync);

    /// <summary>Runs a program whose standard output is consumed as bytes.</summary>
    public static async Task<ToolRun> RunAsync(ProcessStartInfo start, Func<Stream, Task<string>> consumeOutput)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        var commandLine = Path.GetFileName(start.FileName) + " " + string.Join(' ', start.ArgumentList);
        using var process = new Process { StartInfo = start };
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        ProcessGuard.Start(process);
        try
        {
            process.StandardInput.Close();
            var output = consumeOutput(process.StandardOutput.BaseStream);
            var errors = ReadTextAsync(process.StandardError.BaseStream);
            await process.WaitForExitAsync(limit.Token);
            return new ToolRun(commandLine, process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{commandLine}` did not end within {s_limit}.");
        }
        finally
        {
            ProcessGuard.Forget(process);
        }
    }

    /// <summary>Fails the test unless the program ended well.</summary>
    public ToolRun MustSucceed()
    {
        Assert.True(ExitCode == 0, ToString());
        return this;
    }

    /// <summary>Fails the test unless the program ended badly and said this.</summary>
    public ToolRun MustFailWith(string message)
    {
        Assert.True(ExitCode != 0, "Expected a failure: " + ToString());
        Assert.True(Errors.Contains(message, StringComparison.Ordinal), $"Expected '{message}': " + ToString());
        return this;
    }

    public override string ToString() =>
        $"`{CommandLine}` ended with {ExitCode}{Environment.NewLine}{Shorten(Output)}{Environment.NewLine}{Shorten(Errors)}";

    private static string Shorten(string text) => text.Length <= 6000 ? text : text[..3000] + "\n…\n" + text[^3000..];

    private static async Task<string> ReadTextAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
