using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansStorage.Devices.Files;

/// <summary>Writes large commits past the page cache, through aligned memory that is used again and again (Linux).</summary>
/// <remarks>
/// Good for large commits: the page cache would take fresh pages for them, write them back, and throw out what is read
/// often. Bad for small ones: they are likely to be read soon, and a copy into the cache is cheap. How we decide:
/// from <see cref="FromBytes"/> on. A file system without O_DIRECT gets everything through the cache.
/// </remarks>
internal sealed unsafe class DirectWriter : IDisposable
{
    /// <summary>Commits of at least this many bytes go past the cache.</summary>
    public const int FromBytes = 256 << 10;

    private const int AlignmentBytes = 4096;
    private const int StagingBytes = 1 << 20;

    [ThreadStatic]
    private static byte* s_staging;

    private readonly SafeFileHandle _handle;

    private DirectWriter(SafeFileHandle handle) => _handle = handle;

    /// <summary>Opens a file once more for direct writes; <see langword="null"/> where that is not possible.</summary>
    public static DirectWriter? TryOpen(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var handle = LinuxIo.OpenDirect(path);
        return handle is null ? null : new DirectWriter(handle);
    }

    /// <summary>Writes whole pages of the buffers and leaves the rest to the caller.</summary>
    /// <param name="position">A multiple of a page; else nothing is written.</param>
    /// <param name="buffers">The bytes, in order.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="IOException">The medium failed, or is full.</exception>
    public long Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (position % AlignmentBytes != 0)
        {
            return 0;
        }

        var staging = Staging();
        var filled = 0;
        long written = 0;
        foreach (var buffer in buffers)
        {
            var rest = buffer.Span;
            while (!rest.IsEmpty)
            {
                var count = Math.Min(rest.Length, StagingBytes - filled);
                rest[..count].CopyTo(new Span<byte>(staging + filled, count));
                rest = rest[count..];
                filled += count;
                if (filled == StagingBytes)
                {
                    var done = WriteAll(staging, filled, position + written);
                    written += done;
                    if (done < filled)
                    {
                        return written;
                    }

                    filled = 0;
                }
            }
        }

        var pages = filled / AlignmentBytes * AlignmentBytes;
        return written + WriteAll(staging, pages, position + written);
    }

    public void Dispose() => _handle.Dispose();

    // One for each commit thread; they live as long as the process has devices, so it is never freed.
    private static byte* Staging() =>
        s_staging != null ? s_staging : s_staging = (byte*)NativeMemory.AlignedAlloc(StagingBytes, AlignmentBytes);

    /// <returns>Fewer bytes than asked for when the file system takes no more of them this way: the rest goes through the cache.</returns>
    private int WriteAll(byte* source, int length, long position)
    {
        var done = 0;
        while (done < length)
        {
            var count = (int)LinuxIo.Write(
                (int)_handle.DangerousGetHandle(), source + done, (nuint)(length - done), position + done);
            if (count > 0)
            {
                done += count;
                continue;
            }

            // Some file systems open a file for direct writes and then refuse them, or what a short write left unaligned.
            var error = count == 0 ? LinuxIo.Invalid : Marshal.GetLastPInvokeError();
            if (error == LinuxIo.Invalid)
            {
                break;
            }

            if (error != LinuxIo.Interrupted)
            {
                throw LinuxIo.LastError($"Writing {length} bytes at {position}");
            }
        }

        return done;
    }
}
