namespace OrleansStorage.Devices.Tests;

/// <summary>A directory that is gone afterwards.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("ostor-device-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
