namespace OrleansStorage.Conformance.Crash;

/// <summary>A write or delete that a client asked for.</summary>
/// <param name="State">What it leaves behind; <see langword="null"/> for no object.</param>
/// <param name="Began">Before it was sent.</param>
internal sealed record WriteAttempt(ObjectState? State, long Began)
{
    /// <summary>After its acknowledgement; <see cref="long.MaxValue"/> while nobody knows whether it happened.</summary>
    public long Acknowledged { get; set; } = long.MaxValue;

    public bool IsAcknowledged => Acknowledged != long.MaxValue;
}
