using System.Collections.Frozen;

namespace OrleansStorage.S3.Credentials;

/// <summary>A fixed set of access keys.</summary>
public sealed class StaticCredentialStore(IEnumerable<S3Credential> credentials) : ICredentialStore
{
    private readonly FrozenDictionary<string, S3Credential> _byAccessKey =
        credentials.ToFrozenDictionary(credential => credential.AccessKeyId, StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask<S3Credential?> FindAsync(string accessKeyId, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_byAccessKey.GetValueOrDefault(accessKeyId));
}
