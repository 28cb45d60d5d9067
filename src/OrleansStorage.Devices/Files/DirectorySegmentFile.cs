using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansStorage.Devices.Files;

/// <summary>A file of a <see cref="DirectoryFileLayer"/>.</summary>
internal sealed class DirectorySegmentFile(DirectoryFileLayer layer, SafeFileHandle handle, string name, long lengthBytes) : ISegmentFile
{
    private static volatile bool s_noWaitMissing;

    // Opened by the first large write: of the many segments of a device only one is written to.
    private readonly Lock _opening = new();
    private readonly int _descriptor = OperatingSystem.IsLinux() ? (int)handle.DangerousGetHandle() : -1;
    private long _lengthBytes = lengthBytes;
    private DirectWriter? _direct;
    private bool _isDirectTried;

    public long LengthBytes => Volatile.Read(ref _lengthBytes);

    public void Commit(FileCommit commit) => layer.PostCommit(this, commit);

    public ValueTask WriteAsync(long positionBytes, ReadOnlyMemory<byte> source) =>
        layer.RunAsync(() => Write(positionBytes, [source]));

    public ValueTask SyncAsync() => layer.RunAsync(SyncData);

    public ValueTask TruncateAsync(long lengthBytes) => layer.RunAsync(() =>
    {
        RandomAccess.SetLength(handle, lengthBytes);
        Volatile.Write(ref _lengthBytes, lengthBytes);
    });

    public ValueTask<int> ReadAsync(long positionBytes, ReadBuffers buffers)
    {
        var done = 0;
        if (OperatingSystem.IsLinux() && !s_noWaitMissing)
        {
            done = ReadCached(positionBytes, buffers, out var atEnd);
            if (atEnd || done == buffers.LengthBytes)
            {
                return new ValueTask<int>(done);
            }
        }

        var work = new ReadWork(this, positionBytes, buffers, done);
        layer.PostWork(work);
        return work.Task;
    }

    public ValueTask<long> FindDataAsync(long positionBytes) =>
        OperatingSystem.IsLinux() ? layer.RunAsync(() => FindData(positionBytes)) : new ValueTask<long>(positionBytes);

    public void Dispose()
    {
        _direct?.Dispose();
        handle.Dispose();
    }

    public override string ToString() => name;

    internal static Exception Translate(Exception error)
    {
        const int windowsDiskFull = unchecked((int)0x80070070);
        return error is IOException { HResult: LinuxIo.OutOfSpace or LinuxIo.OverQuota or windowsDiskFull } full
            ? new FileLayerFullException(full.Message, full)
            : error;
    }

    internal void Reserve(long bytes)
    {
        if (bytes == 0)
        {
            return;
        }

        if (OperatingSystem.IsLinux())
        {
            if (LinuxIo.Allocate(_descriptor, 0, 0, bytes) == 0)
            {
                return;
            }

            if (Marshal.GetLastPInvokeError() is not (LinuxIo.NotSupported or LinuxIo.NoSuchCall))
            {
                throw LinuxIo.LastError($"Reserving {bytes} bytes for {name}");
            }
        }

        RandomAccess.SetLength(handle, bytes);
    }

    internal void Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        long length = 0;
        foreach (var buffer in buffers)
        {
            length += buffer.Length;
        }

        var end = position + length;
        var done = length >= DirectWriter.FromBytes ? OpenDirect()?.Write(position, buffers) ?? 0 : 0;
        WriteCached(position + done, buffers, done);

        if (end > LengthBytes)
        {
            Volatile.Write(ref _lengthBytes, end);
        }
    }

    private DirectWriter? OpenDirect()
    {
        lock (_opening)
        {
            if (!_isDirectTried)
            {
                _isDirectTried = true;
                _direct = DirectWriter.TryOpen(Path.Combine(layer.Directory, name));
            }

            return _direct;
        }
    }

    private void WriteCached(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers, long skip)
    {
        if (skip == 0)
        {
            // Handles short writes and the limit on vectors, and pins what needs pinning.
            RandomAccess.Write(handle, buffers, position);
            return;
        }

        foreach (var buffer in buffers)
        {
            if (skip < buffer.Length)
            {
                var rest = buffer[(int)skip..];
                RandomAccess.Write(handle, rest.Span, position);
                position += rest.Length;
            }

            skip = Math.Max(0, skip - buffer.Length);
        }
    }

    internal void SyncData()
    {
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        while (LinuxIo.SyncData(_descriptor) != 0)
        {
            if (Marshal.GetLastPInvokeError() != LinuxIo.Interrupted)
            {
                throw LinuxIo.LastError($"Syncing {name}");
            }
        }
    }

    /// <summary>Reserved room that was never written is no data, and need not be read.</summary>
    private long FindData(long position)
    {
        var found = LinuxIo.Seek(_descriptor, position, LinuxIo.SeekData);
        if (found >= 0)
        {
            return found;
        }

        return Marshal.GetLastPInvokeError() == LinuxIo.NoData ? LengthBytes : position;
    }

    /// <summary>Reads as far as the page cache goes; 0 when it has nothing.</summary>
    private int ReadCached(long position, ReadBuffers buffers, out bool atEnd)
    {
        var total = 0;
        atEnd = false;
        while (total < buffers.LengthBytes)
        {
            var count = ReadOnce(position + total, buffers.Skip(total), LinuxIo.NoWait);
            if (count > 0)
            {
                total += (int)count;
                continue;
            }

            atEnd = count == 0;
            var error = atEnd ? 0 : Marshal.GetLastPInvokeError();
            s_noWaitMissing |= error is LinuxIo.NotSupported or LinuxIo.NoSuchCall;
            break;
        }

        return total;
    }

    private int ReadBlocking(long position, ReadBuffers buffers, int done)
    {
        while (done < buffers.LengthBytes)
        {
            var rest = buffers.Skip(done);
            int count;
            if (OperatingSystem.IsLinux())
            {
                count = (int)ReadOnce(position + done, rest, flags: 0);
                if (count < 0 && Marshal.GetLastPInvokeError() != LinuxIo.Interrupted)
                {
                    throw LinuxIo.LastError($"Reading {name} at {position + done}");
                }
            }
            else
            {
                count = (int)RandomAccess.Read(handle, new[] { rest.Head, rest.Body, rest.Tail }, position + done);
            }

            if (count == 0)
            {
                break;
            }

            done += Math.Max(count, 0);
        }

        return done;
    }

    private unsafe nint ReadOnce(long position, ReadBuffers buffers, int flags)
    {
        var vectors = stackalloc LinuxIo.Vector[3];
        fixed (byte* head = buffers.Head.Span, body = buffers.Body.Span, tail = buffers.Tail.Span)
        {
            var count = 0;
            Add(vectors, ref count, head, buffers.Head.Length);
            Add(vectors, ref count, body, buffers.Body.Length);
            Add(vectors, ref count, tail, buffers.Tail.Length);
            return LinuxIo.Read(_descriptor, vectors, count, position, flags);
        }
    }

    private static unsafe void Add(LinuxIo.Vector* vectors, ref int count, byte* start, int length)
    {
        if (length > 0)
        {
            vectors[count++] = new LinuxIo.Vector { Base = start, Length = (nuint)length };
        }
    }

    private sealed class ReadWork(DirectorySegmentFile file, long position, ReadBuffers buffers, int done)
        : IoCompletion<int>(inline: false), IIoWork
    {
        public void Execute()
        {
            int count;
            try
            {
                count = file.ReadBlocking(position, buffers, done);
            }
            catch (Exception e)
            {
                Fail(e);
                return;
            }

            Succeed(count);
        }
    }
}
