namespace OrleansStorage.S3.Signing;

/// <summary>The parts of a credential: <c>access key/day/region/service/aws4_request</c>.</summary>
internal readonly ref struct CredentialScope
{
    private CredentialScope(
        ReadOnlySpan<char> accessKeyId, ReadOnlySpan<char> day, ReadOnlySpan<char> region, ReadOnlySpan<char> scope)
    {
        AccessKeyId = accessKeyId;
        Day = day;
        Region = region;
        Scope = scope;
    }

    /// <summary>The access key.</summary>
    public ReadOnlySpan<char> AccessKeyId { get; }

    /// <summary>Eight digits.</summary>
    public ReadOnlySpan<char> Day { get; }

    /// <summary>The region.</summary>
    public ReadOnlySpan<char> Region { get; }

    /// <summary>Everything after the access key.</summary>
    public ReadOnlySpan<char> Scope { get; }

    /// <summary>Takes a credential apart.</summary>
    /// <returns><see langword="false"/> when it has another form, or is not for S3.</returns>
    public static bool TryParse(ReadOnlySpan<char> credential, out CredentialScope scope)
    {
        const string Ending = "/s3/aws4_request";
        scope = default;
        if (!credential.EndsWith(Ending, StringComparison.Ordinal))
        {
            return false;
        }

        var head = credential[..^Ending.Length];
        var regionAt = head.LastIndexOf('/');
        var dayAt = regionAt < 0 ? -1 : head[..regionAt].LastIndexOf('/');
        if (dayAt < 1 || regionAt - dayAt != 9)
        {
            return false;
        }

        scope = new CredentialScope(
            head[..dayAt], head[(dayAt + 1)..regionAt], head[(regionAt + 1)..], credential[(dayAt + 1)..]);
        return true;
    }
}
