using System.Globalization;
using Microsoft.Net.Http.Headers;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>GetObjectAttributes.</summary>
internal static class AttributesOperation
{
    private const string AttributesHeader = "x-amz-object-attributes";
    private const int PartsMax = 1000;

    [Flags]
    private enum Attributes
    {
        None = 0,
        ETag = 1,
        Checksum = 2,
        ObjectParts = 4,
        StorageClass = 8,
        ObjectSize = 16,
    }

    /// <summary>Answers with the attributes that were asked for.</summary>
    public static async ValueTask GetAsync(S3Call call)
    {
        await call.RequireBucketAsync();
        VersionRules.RequireCurrent(call.Query);
        var wanted = ReadWanted(call);
        await using var reader = await call.Store.OpenReadAsync(call.Bucket, call.Key, call.Aborted)
            ?? throw new S3Exception(S3ErrorCode.NoSuchKey) { Details = [new("Key", call.Key)] };
        var info = reader.Info;
        call.Response.Headers.LastModified = HeaderUtilities.FormatDate(info.LastModified);

        using var document = new S3XmlWriter();
        document.StartDocument("GetObjectAttributesResponse"u8);
        if (wanted.HasFlag(Attributes.ETag))
        {
            document.Element("ETag"u8, info.ETag);
        }

        if (wanted.HasFlag(Attributes.Checksum) && info.Checksum is not null)
        {
            document.Start("Checksum"u8);
            document.Checksum(info.Checksum, withType: true);
            document.End("Checksum"u8);
        }

        if (wanted.HasFlag(Attributes.ObjectParts) && info.PartsCount is { } count)
        {
            await WritePartsAsync(call, document, reader, count);
        }

        if (wanted.HasFlag(Attributes.StorageClass))
        {
            document.Element("StorageClass"u8, "STANDARD");
        }

        if (wanted.HasFlag(Attributes.ObjectSize))
        {
            document.Element("ObjectSize"u8, info.SizeBytes);
        }

        document.End("GetObjectAttributesResponse"u8);
        await call.RespondAsync(document);
    }

    private static async ValueTask WritePartsAsync(S3Call call, S3XmlWriter document, IObjectReader reader, int count)
    {
        var limit = Math.Min(ReadNumber(call, "x-amz-max-parts", PartsMax), PartsMax);
        var marker = ReadNumber(call, "x-amz-part-number-marker", 0);
        var parts = new List<ObjectPart>();
        var number = marker + 1;
        var isTruncated = false;
        for (; number <= PartNumbers.Max; number++)
        {
            if (await reader.FindPartAsync(number, call.Aborted) is not { } part)
            {
                break;
            }

            if (parts.Count == limit)
            {
                isTruncated = true;
                break;
            }

            parts.Add(part);
        }

        document.Start("ObjectParts"u8);
        document.Element("PartsCount"u8, count);
        document.Element("PartNumberMarker"u8, marker);
        document.Element("NextPartNumberMarker"u8, parts.Count > 0 ? parts[^1].Number : marker);
        document.Element("MaxParts"u8, limit);
        document.Element("IsTruncated"u8, isTruncated);
        foreach (var part in parts)
        {
            // S3 lists the parts of objects with checksums only.
            if (part.Checksum is not null)
            {
                document.Start("Part"u8);
                document.Element("PartNumber"u8, part.Number);
                document.Element("Size"u8, part.SizeBytes);
                document.Checksum(part.Checksum, withType: false);
                document.End("Part"u8);
            }
        }

        document.End("ObjectParts"u8);
    }

    private static Attributes ReadWanted(S3Call call)
    {
        var wanted = Attributes.None;
        foreach (var values in call.Headers[AttributesHeader])
        {
            foreach (var name in (values ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                wanted |= name switch
                {
                    "ETag" => Attributes.ETag,
                    "Checksum" => Attributes.Checksum,
                    "ObjectParts" => Attributes.ObjectParts,
                    "StorageClass" => Attributes.StorageClass,
                    "ObjectSize" => Attributes.ObjectSize,
                    _ => throw S3Exception.Argument(AttributesHeader, name, "Invalid attribute name specified."),
                };
            }
        }

        return wanted != Attributes.None
            ? wanted
            : throw S3Exception.Argument(
                AttributesHeader, "", $"The {AttributesHeader} header specifying the attributes to be retrieved is either missing or empty");
    }

    private static int ReadNumber(S3Call call, string header, int fallback)
    {
        if (call.Header(header) is not { } text)
        {
            return fallback;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw S3Exception.Argument(header, text, $"Provided {header} not an integer or within integer range");
    }
}
