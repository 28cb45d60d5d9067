using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Requests;

/// <summary>Takes from a request the headers that are stored with an object.</summary>
internal static class ObjectHeaderReader
{
    /// <summary>Prefix of user metadata.</summary>
    public const string MetadataPrefix = "x-amz-meta-";

    private const int MetadataBytesMax = 2048;

    /// <summary>System headers and user metadata.</summary>
    /// <exception cref="S3Exception">MetadataTooLarge, InvalidArgument.</exception>
    public static ObjectHeaders Read(IHeaderDictionary headers)
    {
        List<KeyValuePair<string, string>>? items = null;
        var metadataBytes = 0;
        foreach (var (name, values) in headers)
        {
            string? stored = null;
            var value = values.Count == 1 ? values[0] ?? "" : values.ToString();
            if (name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            {
                stored = name.ToLowerInvariant();
                metadataBytes += name.Length - MetadataPrefix.Length + Encoding.UTF8.GetByteCount(value);
            }
            else if (SystemName(name) is { } system)
            {
                stored = system;
                value = system == "content-encoding" ? WithoutAwsChunked(value) : value;
                CheckPrintable(system, value);
            }

            if (stored is not null && (value.Length > 0 || stored.StartsWith(MetadataPrefix, StringComparison.Ordinal)))
            {
                (items ??= []).Add(new(stored, value));
            }
        }

        return metadataBytes > MetadataBytesMax
            ? throw new S3Exception(S3ErrorCode.MetadataTooLarge)
            {
                Details = [new("Size", $"{metadataBytes}"), new("MaxSizeAllowed", $"{MetadataBytesMax}")],
            }
            : items is null ? ObjectHeaders.Empty : new ObjectHeaders(items);
    }

    private static string? SystemName(string name) => name.Length switch
    {
        7 when Is(name, "expires") => "expires",
        12 when Is(name, "content-type") => "content-type",
        13 when Is(name, "cache-control") => "cache-control",
        16 when Is(name, "content-encoding") => "content-encoding",
        16 when Is(name, "content-language") => "content-language",
        19 when Is(name, "content-disposition") => "content-disposition",
        _ => null,
    };

    private static bool Is(string name, string expected) => name.Equals(expected, StringComparison.OrdinalIgnoreCase);

    /// <summary>aws-chunked is how the body travelled, not what the object is.</summary>
    private static string WithoutAwsChunked(string value)
    {
        if (!value.Contains("aws-chunked", StringComparison.OrdinalIgnoreCase))
        {
            return value;
        }

        var kept = new List<string>();
        foreach (var coding in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!Is(coding, "aws-chunked"))
            {
                kept.Add(coding);
            }
        }

        return string.Join(",", kept);
    }

    /// <summary>What is stored here is sent back as a header, and must be one.</summary>
    private static void CheckPrintable(string name, string value)
    {
        foreach (var c in value)
        {
            if (c is (< ' ' and not '\t') or > '~')
            {
                throw S3Exception.Argument(name, value, $"The value of {name} is not printable ASCII");
            }
        }
    }
}
