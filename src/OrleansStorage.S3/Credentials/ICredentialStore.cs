namespace OrleansStorage.S3.Credentials;

/// <summary>Knows the access keys. Asked once per request, so it answers from memory nearly always.</summary>
public interface ICredentialStore
{
    /// <summary>The credential of an access key, or <see langword="null"/> when there is none, or no longer.</summary>
    ValueTask<S3Credential?> FindAsync(string accessKeyId, CancellationToken cancellationToken);
}
