using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansStorage.Devices.Files;

/// <summary>Writes large commits past the page cache (Linux).</summary>
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

    // Below this a copy is cheaper than a vector of its own.
    private const int DirectFromBytes = 32 << 10;

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
    /// <param name="buffers">The bytes, in order. Page-aligned ones are not copied.</param>
    /// <returns>How many bytes were written.</returns>
    /// <exception cref="IOException">The medium failed, or is full.</exception>
    public long Write(long position, IReadOnlyList<ReadOnlyMemory<byte>> buffers)
    {
        if (position % AlignmentBytes != 0)
        {
            return 0;
        }

        var gather = new Gather(this, Staging(), position);
        try
        {
            foreach (var buffer in buffers)
            {
                if (!gather.Add(buffer))
                {
                    return gather.WrittenBytes;
                }
            }

            gather.Flush();
            return gather.WrittenBytes;
        }
        finally
        {
            gather.Unpin();
        }
    }

    public void Dispose() => _handle.Dispose();

    // One for each commit thread; they live as long as the process has devices, so it is never freed.
    private static byte* Staging() =>
        s_staging != null ? s_staging : s_staging = (byte*)NativeMemory.AlignedAlloc(StagingBytes, AlignmentBytes);

    /// <returns>False when the file system takes no more of them this way: the rest goes through the cache.</returns>
    private bool WriteAll(Span<LinuxIo.Vector> vectors, ref long position)
    {
        while (!vectors.IsEmpty)
        {
            nint count;
            fixed (LinuxIo.Vector* first = vectors)
            {
                count = LinuxIo.Write((int)_handle.DangerousGetHandle(), first, vectors.Length, position);
            }

            if (count > 0)
            {
                position += count;
                vectors = Skip(vectors, (nuint)count);
                continue;
            }

            // Some file systems open a file for direct writes and then refuse them, or what a short write left unaligned.
            var error = count == 0 ? LinuxIo.Invalid : Marshal.GetLastPInvokeError();
            if (error == LinuxIo.Invalid)
            {
                return false;
            }

            if (error != LinuxIo.Interrupted)
            {
                throw LinuxIo.LastError($"Writing at {position}");
            }
        }

        return true;
    }

    private static Span<LinuxIo.Vector> Skip(Span<LinuxIo.Vector> vectors, nuint count)
    {
        while (!vectors.IsEmpty && count >= vectors[0].Length)
        {
            count -= vectors[0].Length;
            vectors = vectors[1..];
        }

        if (count > 0)
        {
            vectors[0].Base = (byte*)vectors[0].Base + count;
            vectors[0].Length -= count;
        }

        return vectors;
    }

    /// <summary>Collects what one call can write: aligned memory of the caller's as it is, everything else by way of the staging memory.</summary>
    private ref struct Gather(DirectWriter writer, byte* staging, long position)
    {
        private const int VectorsMax = 64;

        private readonly LinuxIo.Vector[] _vectors = new LinuxIo.Vector[VectorsMax];
        private readonly MemoryHandle[] _pins = new MemoryHandle[VectorsMax];
        private readonly long _from = position;
        private long _position = position;
        private int _count;
        private int _pinned;
        private int _staged;
        private int _vectored;

        public readonly long WrittenBytes => _position - _from;

        /// <returns>False when no more can be written.</returns>
        public bool Add(ReadOnlyMemory<byte> buffer)
        {
            while (!buffer.IsEmpty)
            {
                if (_staged % AlignmentBytes == 0 && TryAddDirect(ref buffer))
                {
                    continue;
                }

                if ((_staged == StagingBytes || _count >= VectorsMax - 2) && !Flush())
                {
                    return false;
                }

                var count = Math.Min(buffer.Length, StagingBytes - _staged);
                buffer.Span[..count].CopyTo(new Span<byte>(staging + _staged, count));
                buffer = buffer[count..];
                _staged += count;
            }

            return true;
        }

        /// <summary>Writes the whole pages that were collected; part of a page stays staged.</summary>
        public bool Flush()
        {
            AddStaged();
            var isAll = writer.WriteAll(_vectors.AsSpan(0, _count), ref _position);
            _count = 0;
            Unpin();
            var rest = _staged - _vectored;
            new Span<byte>(staging + _vectored, rest).CopyTo(new Span<byte>(staging, rest));
            _staged = rest;
            _vectored = 0;
            return isAll;
        }

        public void Unpin()
        {
            foreach (ref var pin in _pins.AsSpan(0, _pinned))
            {
                pin.Dispose();
            }

            _pinned = 0;
        }

        private bool TryAddDirect(ref ReadOnlyMemory<byte> buffer)
        {
            if (buffer.Length < DirectFromBytes || _count >= VectorsMax - 2)
            {
                return false;
            }

            var pin = buffer.Pin();
            if ((nuint)pin.Pointer % AlignmentBytes != 0)
            {
                pin.Dispose();
                return false;
            }

            AddStaged();
            var count = buffer.Length / AlignmentBytes * AlignmentBytes;
            _pins[_pinned++] = pin;
            _vectors[_count++] = new LinuxIo.Vector { Base = pin.Pointer, Length = (nuint)count };
            buffer = buffer[count..];
            return true;
        }

        private void AddStaged()
        {
            var count = (_staged - _vectored) / AlignmentBytes * AlignmentBytes;
            if (count > 0)
            {
                _vectors[_count++] = new LinuxIo.Vector { Base = staging + _vectored, Length = (nuint)count };
                _vectored += count;
            }
        }
    }
}
