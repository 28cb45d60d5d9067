using OrleansStorage.S3.Credentials;

namespace OrleansStorage.S3.Signing;

/// <summary>Who sent a request, proved by its signature.</summary>
/// <param name="Key">The key that verified it; also signs its chunks.</param>
/// <param name="Payload">How the body travels.</param>
/// <param name="Time">When it was signed.</param>
/// <param name="Signature">The request's own signature, lower-case hex: the seed of chunk signatures.</param>
internal sealed record Authentication(SigningKey Key, PayloadClaim Payload, DateTimeOffset Time, string Signature)
{
    /// <summary>Whose request it is.</summary>
    public S3Credential Caller => Key.Credential;
}
