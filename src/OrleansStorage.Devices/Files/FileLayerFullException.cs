namespace OrleansStorage.Devices.Files;

/// <summary>The medium has no room.</summary>
public sealed class FileLayerFullException(string message, Exception? inner = null) : IOException(message, inner);
