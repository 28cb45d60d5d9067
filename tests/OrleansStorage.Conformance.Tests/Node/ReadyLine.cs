using System.Text.RegularExpressions;

namespace OrleansStorage.Conformance.Node;

/// <summary>The one line that a silo prints when it serves.</summary>
internal sealed partial record ReadyLine(Uri S3, Uri Admin, string DataFolder)
{
    public static ReadyLine? TryParse(string line)
    {
        var match = Pattern().Match(line);
        return match.Success
            ? new ReadyLine(new Uri(match.Groups["s3"].Value), new Uri(match.Groups["admin"].Value), match.Groups["data"].Value)
            : null;
    }

    [GeneratedRegex(@"^ready s3=(?<s3>http://127\.0\.0\.1:\d+) admin=(?<admin>http://127\.0\.0\.1:\d+) data=(?<data>\S.*)$")]
    private static partial Regex Pattern();
}
