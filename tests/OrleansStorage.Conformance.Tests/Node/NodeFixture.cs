using Xunit;

namespace OrleansStorage.Conformance.Node;

/// <summary>
/// The node that all S3 tools talk to. With CONFORMANCE_S3, CONFORMANCE_ACCESS_KEY and CONFORMANCE_SECRET_KEY set, they
/// talk to that server instead: a foreign server shows whether a suite asks for what S3 promises.
/// </summary>
public sealed class NodeFixture : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private SiloProcess? _silo;
    private int _buckets;

    internal Uri S3 { get; private set; } = new("http://127.0.0.1");

    internal S3Keys Keys { get; private set; } = S3Keys.ForTests;

    internal string? SiloOutput => _silo?.Output;

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("CONFORMANCE_S3") is { Length: > 0 } foreign)
        {
            S3 = new Uri(foreign);
            Keys = new S3Keys(
                Environment.GetEnvironmentVariable("CONFORMANCE_ACCESS_KEY") ?? "",
                Environment.GetEnvironmentVariable("CONFORMANCE_SECRET_KEY") ?? "");
            return;
        }

        _silo = await SiloProcess.StartAsync(_folder.File("data"), Keys);
        S3 = _silo.Ready.S3;
    }

    public async Task DisposeAsync()
    {
        if (_silo is not null)
        {
            await _silo.DisposeAsync();
        }
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>A bucket name that no other test uses.</summary>
    internal string NewBucketName(string purpose) =>
        $"conformance-{purpose}-{Environment.ProcessId}-{Interlocked.Increment(ref _buckets)}";
}
