namespace OrleansStorage.Devices.Files;

/// <summary>The files of one device: everything it knows of the operating system. Owns the threads, if there are any.</summary>
/// <remarks>
/// A name is a plain file name. Awaiting what a layer returns never captures the caller's scheduler: a device must go on
/// when the grain that happened to call it is busy or gone. A failure is an <see cref="IOException"/>;
/// no room is a <see cref="FileLayerFullException"/>.
/// </remarks>
public interface IFileLayer : IAsyncDisposable
{
    /// <summary>
    /// Calls complete on the one thread that owns simulated time, so their callers may be continued right there.
    /// <see langword="false"/> when they complete on I/O threads, which callers must not occupy.
    /// </summary>
    bool CompletesInline { get; }

    /// <summary>Takes the device for this object, until the result is disposed.</summary>
    /// <exception cref="DeviceInUseException">Somebody else has it.</exception>
    IDisposable Lock();

    /// <summary>The names of all files, in ordinal order.</summary>
    ValueTask<IReadOnlyList<string>> ListAsync();

    /// <summary>Makes a file; its name is durable after <see cref="SyncDirectoryAsync"/>.</summary>
    /// <param name="name">No such file exists.</param>
    /// <param name="lengthBytes">Its length, reserved on the medium as far as that can be done; it reads as zeros.</param>
    ValueTask<ISegmentFile> CreateAsync(string name, long lengthBytes);

    /// <summary>Opens a file that exists.</summary>
    ValueTask<ISegmentFile> OpenAsync(string name);

    /// <summary>Deletes a file; durable after <see cref="SyncDirectoryAsync"/>.</summary>
    ValueTask DeleteAsync(string name);

    /// <summary>Renames a file, replacing <paramref name="newName"/>; durable after <see cref="SyncDirectoryAsync"/>.</summary>
    ValueTask RenameAsync(string name, string newName);

    /// <summary>Makes creations, deletions and renames durable.</summary>
    ValueTask SyncDirectoryAsync();
}
