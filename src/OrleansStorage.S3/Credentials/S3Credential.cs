namespace OrleansStorage.S3.Credentials;

/// <summary>An access key and whom it speaks for.</summary>
/// <param name="AccessKeyId">Names the key; travels in the clear.</param>
/// <param name="SecretKey">Signs; never travels.</param>
/// <param name="OwnerId">Canonical id of the user, compared by ordinal.</param>
/// <param name="DisplayName">Shown in listings beside the id.</param>
public sealed record S3Credential(string AccessKeyId, string SecretKey, string OwnerId, string DisplayName)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{AccessKeyId} ({OwnerId})";
}
