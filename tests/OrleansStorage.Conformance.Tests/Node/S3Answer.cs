using System.Net;
using System.Text;

namespace OrleansStorage.Conformance.Node;

/// <summary>A whole answer of an S3 server.</summary>
internal sealed record S3Answer(HttpStatusCode Status, string ETag, byte[] Body)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public string Text => Encoding.UTF8.GetString(Body);

    public override string ToString() => $"{(int)Status} {(Body.Length > 2000 ? $"({Body.Length} bytes)" : Text)}";
}
