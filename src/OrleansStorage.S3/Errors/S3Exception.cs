namespace OrleansStorage.S3.Errors;

/// <summary>Ends a request with an error of the S3 protocol.</summary>
public sealed class S3Exception : Exception
{
    /// <summary>An error with its usual message, or a more exact one.</summary>
    public S3Exception(S3ErrorCode error, string? message = null, Exception? inner = null)
        : base(message ?? error.Message, inner)
    {
        Error = error;
    }

    /// <summary>What the client is told.</summary>
    public S3ErrorCode Error { get; }

    /// <summary>Further elements of the error document: element name and text.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Details { get; init; } = [];

    /// <summary>The connection cannot carry another request: the body was left in the middle.</summary>
    public bool ClosesConnection { get; init; }

    /// <summary>InvalidArgument with the name and value of the argument, as S3 reports them.</summary>
    public static S3Exception Argument(string name, string value, string message) =>
        new(S3ErrorCode.InvalidArgument, message) { Details = [new("ArgumentName", name), new("ArgumentValue", value)] };

    /// <summary>NotImplemented, naming what was asked for.</summary>
    public static S3Exception Unsupported(string what) =>
        new(S3ErrorCode.NotImplemented, $"A header or query you provided requests a feature that is not implemented: {what}")
        {
            Details = [new("Header", what)],
        };
}
