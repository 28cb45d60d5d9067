using System.Diagnostics;
using System.Globalization;
using OrleansStorage.Conformance.Tools;
using Xunit;

namespace OrleansStorage.Conformance.Node;

/// <summary>
/// One run of the built silo, of the same engine and configuration as this test build, on free ports of loopback.
/// Disposal kills it; whoever asserts on its end calls <see cref="StopAsync"/> or <see cref="KillAsync"/> before.
/// </summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly OutputLog _output;

    private SiloProcess(Process process, OutputLog output)
    {
        _process = process;
        _output = output;
    }

    /// <summary>Where it serves; set once it printed the ready line.</summary>
    public ReadyLine Ready => _output.Ready
        ?? throw new InvalidOperationException("The silo is not ready." + Environment.NewLine + _output.Text);

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything it printed so far, standard output and error.</summary>
    public string Output => _output.Text;

    /// <summary>The lines of its standard output so far.</summary>
    public IReadOnlyList<string> OutputLines => _output.StandardLines;

    /// <summary>The assembly that is started.</summary>
    public static string AssemblyPath
    {
        get
        {
            var here = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(
                here.Parent!.Parent!.FullName, "OrleansStorage.Silo", here.Name, "OrleansStorage.Silo.dll");
        }
    }

    /// <summary>Starts a silo and waits until it serves.</summary>
    /// <param name="dataFolder">The folder of the node.</param>
    /// <param name="keys">Root credentials by environment; <see langword="null"/> leaves them to the silo.</param>
    /// <param name="arguments">Further options.</param>
    public static async Task<SiloProcess> StartAsync(string dataFolder, S3Keys? keys, params string[] arguments)
    {
        var silo = Launch(dataFolder, keys, arguments);
        try
        {
            await silo.WaitUntilReadyAsync();
            return silo;
        }
        catch
        {
            await silo.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a silo and does not wait.</summary>
    public static SiloProcess Launch(string dataFolder, S3Keys? keys, params string[] arguments)
    {
        Assert.True(File.Exists(AssemblyPath), $"The silo is not built: {AssemblyPath}");
        var start = Command();
        start.ArgumentList.Add(AssemblyPath);
        AddOption(start, arguments, "--data", dataFolder);
        AddOption(start, arguments, "--s3-port", "0");
        AddOption(start, arguments, "--admin-port", "0");
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Remove("OSTOR_ROOT_ACCESS_KEY");
        start.Environment.Remove("OSTOR_ROOT_SECRET_KEY");
        if (keys is not null)
        {
            start.Environment["OSTOR_ROOT_ACCESS_KEY"] = keys.Access;
            start.Environment["OSTOR_ROOT_SECRET_KEY"] = keys.Secret;
        }

        var process = new Process { StartInfo = start };
        var output = new OutputLog(process);
        ProcessGuard.Start(process);
        output.Begin();
        return new SiloProcess(process, output);
    }

    public async Task WaitUntilReadyAsync()
    {
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        try
        {
            await _output.WhenReady.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No ready line within {s_limit}.{Environment.NewLine}{_output.Text}");
        }
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync(int signal = Signals.Terminate)
    {
        Signals.Send(_process.Id, signal);
        return await WaitForExitAsync();
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await WaitForExitAsync();
    }

    /// <summary>Waits for an end that is not asked for here.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(s_limit, TimeProvider.System);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
            return _process.ExitCode;
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException(
                string.Create(CultureInfo.InvariantCulture, $"Silo {_process.Id} does not end within {s_limit}.")
                + Environment.NewLine + _output.Text);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        ProcessGuard.Forget(_process);
        _process.Dispose();
    }

    private static ProcessStartInfo Command()
    {
        var start = new ProcessStartInfo(DotnetHost.Path)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        if (Signals.IsIgnored(Signals.Interrupt))
        {
            // The silo is to be started as a terminal would start it.
            start.FileName = "env";
            start.ArgumentList.Add("--default-signal=INT");
            start.ArgumentList.Add(DotnetHost.Path);
        }

        return start;
    }

    private static void AddOption(ProcessStartInfo start, string[] arguments, string option, string value)
    {
        if (!arguments.Contains(option))
        {
            start.ArgumentList.Add(option);
            start.ArgumentList.Add(value);
        }
    }
}
