using System.Text;
using System.Xml.Linq;

namespace OrleansStorage.S3.Client;

/// <summary>An answer.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Headers">Of the answer; names in any case.</param>
/// <param name="Body">All of it.</param>
public sealed record S3Response(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The body as text.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>The body as XML.</summary>
    public XElement Xml => XElement.Parse(Text);

    /// <summary>The code of an error; empty when the body is none.</summary>
    public string ErrorCode => Body.Length > 0 && Text.Contains("<Error>", StringComparison.Ordinal) ? Value("Code") : "";

    /// <summary>The entity tag without quotes.</summary>
    public string ETag => Headers["ETag"].Trim('"');

    /// <summary>A header; null when it is absent.</summary>
    public string? Header(string name) => Headers.TryGetValue(name, out var value) ? value : null;

    /// <summary>The text of the first element of that name, at any depth; empty when there is none.</summary>
    public string Value(string element) =>
        Xml.DescendantsAndSelf().FirstOrDefault(x => x.Name.LocalName == element)?.Value ?? "";

    /// <summary>The texts of all elements of that name, at any depth.</summary>
    public IReadOnlyList<string> Values(string element) =>
        [.. Xml.Descendants().Where(x => x.Name.LocalName == element).Select(x => x.Value)];

    /// <summary>This answer, when it has that status.</summary>
    /// <exception cref="InvalidOperationException">It has another; the message holds the body.</exception>
    public S3Response Require(int status) =>
        Status == status ? this : throw new InvalidOperationException($"Expected {status}, got {Status}: {Text}");
}
