using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OrleansStorage.Devices.Files;

/// <summary>The calls that the base library does not have: see preadv2(2), pwritev(2), lseek(2), fdatasync(2), fallocate(2), fsync(2).</summary>
/// <remarks>Linux only, but for <see cref="SyncDirectory"/>, which is any Unix.</remarks>
internal static unsafe partial class LinuxIo
{
    public const int OutOfSpace = 28; // ENOSPC
    public const int OverQuota = 122; // EDQUOT
    public const int Again = 11; // EAGAIN
    public const int Interrupted = 4; // EINTR
    public const int Invalid = 22; // EINVAL
    public const int NotSupported = 95; // EOPNOTSUPP
    public const int NoSuchCall = 38; // ENOSYS
    public const int NoWait = 8; // RWF_NOWAIT
    public const int SeekData = 3; // SEEK_DATA
    public const int NoData = 6; // ENXIO

    [StructLayout(LayoutKind.Sequential)]
    public struct Vector
    {
        public void* Base;
        public nuint Length;
    }

    [LibraryImport("libc", EntryPoint = "preadv2", SetLastError = true)]
    public static partial nint Read(int file, Vector* vectors, int count, long position, int flags);

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint Write(int file, Vector* vectors, int count, long position);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int file);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int file, int mode, long position, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(int file, long position, int from);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);

    /// <summary>Opens an existing file for writes past the page cache; null where that is not possible.</summary>
    public static SafeFileHandle? OpenDirect(string path)
    {
        const int writeOnly = 1; // O_WRONLY
        const int closeOnExec = 0x80000; // O_CLOEXEC

        // O_DIRECT is one of the few flags whose value differs between architectures.
        var direct = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 0x4000,
            Architecture.Arm64 => 0x10000,
            _ => 0,
        };
        var file = direct == 0 ? -1 : Open(path, writeOnly | closeOnExec | direct, mode: 0);
        return file < 0 ? null : new SafeFileHandle(file, ownsHandle: true);
    }

    /// <summary>Makes the names in a directory durable. The base library opens no directories.</summary>
    public static void SyncDirectory(string path)
    {
        var directory = Open(path, flags: 0, mode: 0);
        if (directory < 0)
        {
            throw LastError($"Opening {path}");
        }

        try
        {
            if (Sync(directory) != 0)
            {
                throw LastError($"Syncing {path}");
            }
        }
        finally
        {
            _ = Close(directory);
        }
    }

    /// <summary>The error that the last call of this thread left, as an exception.</summary>
    public static IOException LastError(string what)
    {
        var number = Marshal.GetLastPInvokeError();
        var message = $"{what} failed: {Marshal.GetPInvokeErrorMessage(number)} ({number}).";
        return number is OutOfSpace or OverQuota
            ? new FileLayerFullException(message)
            : new IOException(message, number);
    }
}
