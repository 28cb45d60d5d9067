using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Devices;

/// <summary>The device has no room for the bytes. It still reads and deletes; room comes back by deletes and compaction.</summary>
public sealed class DeviceFullException(string message, Exception? inner = null) : DeviceException(message, inner);

/// <summary>The device is out of service for good: a write or a sync failed, and what it had acknowledged is unknown.</summary>
public sealed class DeviceFailedException(string message, Exception? inner = null) : DeviceException(message, inner);

/// <summary>The device is on another silo, which cannot be reached or does not serve it any more. What a call that changes something did is unknown.</summary>
public class DeviceUnreachableException(string message, Exception? inner = null) : DeviceException(message, inner)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Too many calls wait for the device; the same call may succeed a little later.</summary>
public sealed class DeviceBusyException(string message) : DeviceException(message)
{
    /// <inheritdoc/>
    public override bool IsTransient => true;
}

/// <summary>Another process, or another object of this process, has the device open.</summary>
public sealed class DeviceInUseException(string message, Exception? inner = null) : DeviceException(message, inner);

/// <summary>The files are not a device, or not one that this version may open.</summary>
public sealed class DeviceFormatException(string message, Exception? inner = null) : DeviceException(message, inner);

/// <summary>The device has no such fragment.</summary>
public sealed class FragmentNotFoundException(FragmentId id) : DeviceException($"There is no fragment {id} on this device.")
{
    /// <summary>The fragment.</summary>
    public FragmentId Id { get; } = id;
}

/// <summary>The device already has the fragment, with other bytes: fragments are immutable.</summary>
public sealed class FragmentExistsException(FragmentId id) : DeviceException($"Fragment {id} exists with other content.")
{
    /// <summary>The fragment.</summary>
    public FragmentId Id { get; } = id;
}

/// <summary>The stored bytes do not match their checksum, or the medium cannot read them.</summary>
public sealed class CorruptFragmentException(string message, Exception? inner = null) : DeviceException(message, inner);

/// <summary>The extent was fenced by a newer owner: the caller no longer owns it.</summary>
public sealed class FencedException(ExtentId extent, ulong epoch, ulong fence)
    : DeviceException($"Epoch {epoch} is older than the fence {fence} of extent {extent}.")
{
    /// <summary>The extent.</summary>
    public ExtentId Extent { get; } = extent;

    /// <summary>The lowest epoch that the extent accepts.</summary>
    public ulong Fence { get; } = fence;
}
