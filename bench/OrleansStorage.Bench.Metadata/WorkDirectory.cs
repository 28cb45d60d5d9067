namespace OrleansStorage.Bench.Metadata;

/// <summary>A directory on a real disk for the databases, deleted afterwards: the current one holds it, not /tmp.</summary>
internal sealed class WorkDirectory : IDisposable
{
    public WorkDirectory()
    {
        Path = Directory.CreateDirectory($"bench-metadata-{Environment.ProcessId}").FullName;
    }

    public string Path { get; }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
