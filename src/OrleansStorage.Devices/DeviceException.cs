namespace OrleansStorage.Devices;

/// <summary>A failure of stored bytes or of what stores them.</summary>
public class DeviceException(string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>The same call may succeed when it is repeated.</summary>
    public virtual bool IsTransient => false;
}

/// <summary>No device that may take the bytes has room for them.</summary>
public sealed class PoolFullException(string message) : DeviceException(message);

/// <summary>No device has the blob.</summary>
public sealed class BlobNotFoundException(string message) : DeviceException(message);

/// <summary>The blob was stored, but too few intact fragments are left to read it.</summary>
public sealed class BlobLostException(string message, Exception? inner = null) : DeviceException(message, inner);
