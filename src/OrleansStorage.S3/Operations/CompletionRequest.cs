using System.Xml.Linq;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>One part as a completion names it.</summary>
/// <param name="Number">1 to 10,000.</param>
/// <param name="ETag">Without quotes.</param>
/// <param name="Checksum">What the client says its checksum is, if it does.</param>
internal sealed record NamedPart(int Number, string ETag, ObjectChecksum? Checksum);

/// <summary>Reads the body of CompleteMultipartUpload.</summary>
internal static class CompletionRequest
{
    /// <summary>The parts, in ascending order.</summary>
    /// <exception cref="S3Exception">MalformedXML, InvalidPartOrder.</exception>
    public static List<NamedPart> Read(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
        {
            throw new S3Exception(S3ErrorCode.MalformedXml);
        }

        var parts = new List<NamedPart>();
        foreach (var element in S3XmlReader.ReadRoot(body, "CompleteMultipartUpload").Elements())
        {
            if (element.Name.LocalName != "Part" || parts.Count == PartNumbers.Max)
            {
                throw new S3Exception(S3ErrorCode.MalformedXml);
            }

            var part = ReadPart(element);
            if (parts.Count > 0 && parts[^1].Number >= part.Number)
            {
                // A part that was sent again may be named again: the last one counts.
                if (parts[^1].Number > part.Number)
                {
                    throw new S3Exception(S3ErrorCode.InvalidPartOrder);
                }

                parts.RemoveAt(parts.Count - 1);
            }

            parts.Add(part);
        }

        return parts.Count > 0 ? parts : throw new S3Exception(S3ErrorCode.MalformedXml);
    }

    private static NamedPart ReadPart(XElement element)
    {
        var etag = S3XmlReader.Text(element, "ETag");
        if (etag is null || !int.TryParse(S3XmlReader.Text(element, "PartNumber"), out _))
        {
            throw new S3Exception(S3ErrorCode.MalformedXml);
        }

        ObjectChecksum? checksum = null;
        foreach (var child in element.Elements())
        {
            const string Prefix = "Checksum";
            var name = child.Name.LocalName;
            if (name.StartsWith(Prefix, StringComparison.Ordinal)
                && ChecksumAlgorithms.Find(name.AsSpan(Prefix.Length)) is { } algorithm)
            {
                checksum = new ObjectChecksum(algorithm, ChecksumType.FullObject, child.Value);
            }
        }

        return new NamedPart(
            PartNumbers.Parse(S3XmlReader.Text(element, "PartNumber")), EntityTags.Unquote(etag).ToString(), checksum);
    }
}
