using System.Xml;
using System.Xml.Linq;
using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Xml;

/// <summary>Reads the XML bodies of requests: no DTD, no entities, nothing fetched.</summary>
internal static class S3XmlReader
{
    /// <summary>The root element of a document.</summary>
    /// <param name="body">Bounded by the caller.</param>
    /// <param name="rootName">What it must be called, in whatever namespace.</param>
    /// <exception cref="S3Exception">MalformedXML.</exception>
    public static XElement ReadRoot(ReadOnlyMemory<byte> body, string rootName)
    {
        try
        {
            var settings = new XmlReaderSettings
            {
                DtdProcessing = DtdProcessing.Prohibit,
                XmlResolver = null,
                MaxCharactersInDocument = body.Length + 1L,

                // Keys may hold characters that XML does not have; S3 takes them as numeric references.
                CheckCharacters = false,
            };
            using var stream = new MemoryStream(body.ToArray(), writable: false);
            using var reader = XmlReader.Create(stream, settings);
            var root = XElement.Load(reader, LoadOptions.PreserveWhitespace);
            return root.Name.LocalName == rootName ? root : throw new S3Exception(S3ErrorCode.MalformedXml);
        }
        catch (XmlException malformed)
        {
            throw new S3Exception(S3ErrorCode.MalformedXml, inner: malformed);
        }
    }

    /// <summary>The text of a child, in whatever namespace; <see langword="null"/> when there is none.</summary>
    public static string? Text(XElement parent, string name)
    {
        foreach (var child in parent.Elements())
        {
            if (child.Name.LocalName == name)
            {
                return child.Value;
            }
        }

        return null;
    }
}
