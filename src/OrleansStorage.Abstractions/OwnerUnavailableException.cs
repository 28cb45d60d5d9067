namespace OrleansStorage.Abstractions;

/// <summary>
/// The owner of a name cannot read or take what it owns at this moment: the metadata store is away, or somebody else took
/// it. Nothing was changed; calling again may succeed.
/// </summary>
[GenerateSerializer, Alias("OrleansStorage.OwnerUnavailableException")]
public sealed class OwnerUnavailableException : Exception
{
    /// <summary>For the serializer.</summary>
    public OwnerUnavailableException()
    {
    }

    /// <summary>With the reason in words.</summary>
    public OwnerUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>With the reason in words, and what caused it.</summary>
    public OwnerUnavailableException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
