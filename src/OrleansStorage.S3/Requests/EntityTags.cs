namespace OrleansStorage.S3.Requests;

/// <summary>Entity tags as they stand in headers. Spec: RFC 9110 section 8.8.3.</summary>
internal static class EntityTags
{
    /// <summary>A tag without its quotes and weakness.</summary>
    public static ReadOnlySpan<char> Unquote(ReadOnlySpan<char> tag)
    {
        tag = tag.Trim();
        if (tag.StartsWith("W/"))
        {
            tag = tag[2..];
        }

        return tag.Length >= 2 && tag[0] == '"' && tag[^1] == '"' ? tag[1..^1] : tag;
    }

    /// <summary>Whether a list of tags, or "*", matches a tag.</summary>
    public static bool Matches(ReadOnlySpan<char> list, string etag)
    {
        foreach (var range in list.Split(','))
        {
            var tag = Unquote(list[range]);
            if (tag is "*" || tag.SequenceEqual(etag))
            {
                return true;
            }
        }

        return false;
    }
}
