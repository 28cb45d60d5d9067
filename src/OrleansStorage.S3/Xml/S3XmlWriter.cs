using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace OrleansStorage.S3.Xml;

/// <summary>Writes the XML answers of S3 as UTF-8 into a rented buffer. Dispose returns the buffer.</summary>
/// <remarks>
/// Control characters, which XML 1.0 has no way to say, are written as numeric references, as S3 writes them; a client
/// that wants well-formed XML for such keys asks for <c>encoding-type=url</c>.
/// </remarks>
internal sealed class S3XmlWriter : IDisposable
{
    /// <summary>The namespace of every answer but errors.</summary>
    public const string Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

    private const int InitialBytes = 1024;

    private const string UnsayableCharacters =
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000B\u000C\u000E\u000F"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\uFFFE\uFFFF";

    private static readonly SearchValues<char> Unsayable = SearchValues.Create(UnsayableCharacters);
    private static readonly SearchValues<char> Escaped = SearchValues.Create("&<>\"\r" + UnsayableCharacters);

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _count;

    /// <summary>What was written so far; valid until the next call.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _count);

    /// <summary>Whether XML 1.0 has a way to say a text.</summary>
    public static bool CanSay(ReadOnlySpan<char> text) => !text.ContainsAny(Unsayable);

    /// <summary>Begins the document and its root element, with the namespace of S3.</summary>
    public void StartDocument(ReadOnlySpan<byte> root, bool withNamespace = true)
    {
        Raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<"u8);
        Raw(root);
        Raw(withNamespace ? " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"u8 : ">"u8);
    }

    /// <summary>Begins an element.</summary>
    public void Start(ReadOnlySpan<byte> name)
    {
        Raw((byte)'<');
        Raw(name);
        Raw((byte)'>');
    }

    /// <summary>Ends an element.</summary>
    public void End(ReadOnlySpan<byte> name)
    {
        Raw("</"u8);
        Raw(name);
        Raw((byte)'>');
    }

    /// <summary>An element that holds text.</summary>
    public void Element(ReadOnlySpan<byte> name, ReadOnlySpan<char> text)
    {
        Start(name);
        Text(text);
        End(name);
    }

    /// <summary>An element that holds text, unless it is <see langword="null"/>.</summary>
    public void OptionalElement(ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            Element(name, text);
        }
    }

    /// <summary>An element that holds a number.</summary>
    public void Element(ReadOnlySpan<byte> name, long value)
    {
        Start(name);
        Reserve(20);
        _ = Utf8Formatter.TryFormat(value, _buffer.AsSpan(_count), out var written);
        _count += written;
        End(name);
    }

    /// <summary>An element that holds a truth value.</summary>
    public void Element(ReadOnlySpan<byte> name, bool value)
    {
        Start(name);
        Raw(value ? "true"u8 : "false"u8);
        End(name);
    }

    /// <summary>An element that holds a time.</summary>
    public void Element(ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Start(name);
        Reserve(24);
        _ = time.UtcDateTime.TryFormat(
            _buffer.AsSpan(_count), out var written, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        _count += written;
        End(name);
    }

    /// <summary>An element that holds an entity tag, in quotes.</summary>
    public void ETag(string etag)
    {
        Raw("<ETag>&quot;"u8);
        Text(etag);
        Raw("&quot;</ETag>"u8);
    }

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_count));
        _count += bytes.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
        }
    }

    private void Raw(byte value)
    {
        Reserve(1);
        _buffer[_count++] = value;
    }

    /// <summary>Text inside the current element.</summary>
    public void Text(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOfAny(Escaped); at >= 0; at = text.IndexOfAny(Escaped))
        {
            Plain(text[..at]);
            Escape(text[at]);
            text = text[(at + 1)..];
        }

        Plain(text);
    }

    private void Plain(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _count += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_count));
    }

    private void Escape(char c)
    {
        switch (c)
        {
            case '&': Raw("&amp;"u8); break;
            case '<': Raw("&lt;"u8); break;
            case '>': Raw("&gt;"u8); break;
            case '"': Raw("&quot;"u8); break;
            default:
                Plain(string.Create(CultureInfo.InvariantCulture, $"&#x{(int)c:x};"));
                break;
        }
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _count >= count)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _count + count));
        _buffer.AsSpan(0, _count).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
