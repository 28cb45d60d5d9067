using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansStorage.Bench.Devices;

/// <summary>What the file system gives to somebody who stores bytes without checksums, index or recovery: the limit to compare with.</summary>
internal sealed partial class RawFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    public RawFile(string directory, long bytes)
    {
        _path = Path.Combine(directory, "raw");
        _handle = File.OpenHandle(_path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, FileOptions.None, preallocationSize: bytes);
    }

    public void Write(ReadOnlySpan<byte> bytes, long position) => RandomAccess.Write(_handle, bytes, position);

    public void Read(Span<byte> bytes, long position) => RandomAccess.Read(_handle, bytes, position);

    public void SyncData()
    {
        if (SyncData((int)_handle.DangerousGetHandle()) != 0)
        {
            throw new IOException("fdatasync failed.");
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        File.Delete(_path);
    }

    [LibraryImport("libc", EntryPoint = "fdatasync")]
    private static partial int SyncData(int file);
}
