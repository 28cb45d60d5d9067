using System.Net;

namespace OrleansStorage.S3.Requests;

/// <summary>The naming rules of buckets. Spec: Amazon S3 User Guide, "General purpose bucket naming rules".</summary>
public static class BucketName
{
    private const int LengthMin = 3;
    private const int LengthMax = 63;

    /// <summary>Whether a bucket may have this name.</summary>
    public static bool IsValid(string name)
    {
        if (name.Length is < LengthMin or > LengthMax || !IsEdge(name[0]) || !IsEdge(name[^1]))
        {
            return false;
        }

        for (var i = 1; i < name.Length - 1; i++)
        {
            var c = name[i];
            var ok = IsEdge(c) || c == '-' || (c == '.' && name[i - 1] != '.');
            if (!ok)
            {
                return false;
            }
        }

        return !LooksLikeAddress(name)
            && !name.StartsWith("xn--", StringComparison.Ordinal)
            && !name.StartsWith("sthree-", StringComparison.Ordinal)
            && !name.EndsWith("-s3alias", StringComparison.Ordinal)
            && !name.EndsWith("--ol-s3", StringComparison.Ordinal);
    }

    private static bool IsEdge(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);

    private static bool LooksLikeAddress(string name) =>
        name.AsSpan().Count('.') == 3 && IPAddress.TryParse(name, out _);
}
