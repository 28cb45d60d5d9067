namespace OrleansStorage.Silo.Configuration;

/// <summary>The command line or the configuration is wrong; the message says what.</summary>
public sealed class UsageException(string message) : Exception(message);
