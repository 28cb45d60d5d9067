using System.Buffers;
using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Requests;

namespace OrleansStorage.S3.Signing;

/// <summary>Builds the canonical request that a signature covers.</summary>
/// <remarks>
/// Spec: AWS Signature Version 4 for S3, "Task 1: Create a canonical request". The path is encoded once, and not
/// normalized.
/// <code>
/// method \n path \n query \n (name:value \n)* \n signed header names \n payload
/// </code>
/// </remarks>
internal static class CanonicalRequest
{
    private const string SignatureParameter = "X-Amz-Signature";

    // Header dictionaries are asked by string: the usual names need not be allocated for each request.
    private static readonly FrozenSet<string> UsualNames = new[]
    {
        "host", "x-amz-date", "x-amz-content-sha256", "content-type", "content-md5", "content-length", "range", "date",
        "x-amz-decoded-content-length", "x-amz-trailer", "x-amz-sdk-checksum-algorithm", "content-encoding",
        "amz-sdk-invocation-id", "amz-sdk-request", "user-agent", "accept-encoding", "expect", "x-amz-acl",
        "x-amz-checksum-crc32", "x-amz-checksum-crc32c", "x-amz-checksum-crc64nvme", "x-amz-checksum-mode",
        "x-amz-copy-source", "x-amz-metadata-directive", "x-amz-storage-class", "if-match", "if-none-match",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Appends the canonical request.</summary>
    /// <param name="destination">Grows as needed.</param>
    /// <param name="method">HTTP method.</param>
    /// <param name="target">Decoded path and query.</param>
    /// <param name="headers">The request's headers.</param>
    /// <param name="signedHeaders">Names as the client lists them.</param>
    /// <param name="payload">The payload line.</param>
    public static void Append(
        ref PooledBytes destination,
        string method,
        in RequestTarget target,
        IHeaderDictionary headers,
        ReadOnlySpan<char> signedHeaders,
        string payload)
    {
        destination.Append(method);
        destination.Append((byte)'\n');
        destination.Append(PercentEncoding.Encode(target.Path, keepSlash: true));
        destination.Append((byte)'\n');
        AppendQuery(ref destination, target.Query);
        destination.Append((byte)'\n');
        foreach (var range in signedHeaders.Split(';'))
        {
            AppendHeader(ref destination, signedHeaders[range], headers);
        }

        destination.Append((byte)'\n');
        destination.AppendLower(signedHeaders);
        destination.Append((byte)'\n');
        destination.Append(payload);
    }

    private static void AppendQuery(ref PooledBytes destination, QueryParameters query)
    {
        if (query.Count == 0)
        {
            return;
        }

        var pairs = ArrayPool<(string Name, string Value)>.Shared.Rent(query.Count);
        var count = 0;
        for (var i = 0; i < query.Count; i++)
        {
            var (name, value) = query[i];
            if (name != SignatureParameter)
            {
                pairs[count++] = (
                    PercentEncoding.Encode(name, keepSlash: false), PercentEncoding.Encode(value, keepSlash: false));
            }
        }

        var used = pairs.AsSpan(0, count);
        used.Sort(static (a, b) =>
            string.CompareOrdinal(a.Name, b.Name) is var byName and not 0 ? byName : string.CompareOrdinal(a.Value, b.Value));
        for (var i = 0; i < used.Length; i++)
        {
            if (i > 0)
            {
                destination.Append((byte)'&');
            }

            destination.Append(used[i].Name);
            destination.Append((byte)'=');
            destination.Append(used[i].Value);
        }

        ArrayPool<(string, string)>.Shared.Return(pairs, clearArray: true);
    }

    private static void AppendHeader(ref PooledBytes destination, ReadOnlySpan<char> name, IHeaderDictionary headers)
    {
        destination.AppendLower(name);
        destination.Append((byte)':');
        if (!UsualNames.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out var key))
        {
            key = name.ToString();
        }

        var values = headers[key];
        for (var i = 0; i < values.Count; i++)
        {
            if (i > 0)
            {
                destination.Append((byte)',');
            }

            AppendCollapsed(ref destination, values[i].AsSpan().Trim());
        }

        destination.Append((byte)'\n');
    }

    private static void AppendCollapsed(ref PooledBytes destination, ReadOnlySpan<char> value)
    {
        for (var run = value.IndexOf("  "); run >= 0; run = value.IndexOf("  "))
        {
            destination.Append(value[..(run + 1)]);
            value = value[run..].TrimStart(' ');
        }

        destination.Append(value);
    }
}
