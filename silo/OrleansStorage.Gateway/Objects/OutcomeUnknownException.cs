namespace OrleansStorage.Gateway.Objects;

/// <summary>A change was sent to its owner and nobody knows whether it happened. Never leaves the gateway as such.</summary>
internal sealed class OutcomeUnknownException(Exception? inner)
    : Exception("The outcome of the change is unknown.", inner);
