using System.Buffers;
using System.Text;

namespace OrleansStorage.S3.Signing;

/// <summary>A growing byte buffer that begins on the caller's stack and goes on in the shared pool.</summary>
internal ref struct PooledBytes
{
    private Span<byte> _span;
    private byte[]? _rented;
    private int _count;

    /// <summary>An empty buffer.</summary>
    /// <param name="initial">Used first; the caller's, for as long as this lives.</param>
    public PooledBytes(Span<byte> initial)
    {
        _span = initial;
    }

    /// <summary>What was appended so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _span[.._count];

    /// <summary>Appends one byte.</summary>
    public void Append(byte value)
    {
        Reserve(1);
        _span[_count++] = value;
    }

    /// <summary>Appends bytes.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_span[_count..]);
        _count += bytes.Length;
    }

    /// <summary>Appends text as UTF-8.</summary>
    public void Append(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _count += Encoding.UTF8.GetBytes(text, _span[_count..]);
    }

    /// <summary>Appends ASCII text in lower case.</summary>
    public void AppendLower(ReadOnlySpan<char> text)
    {
        Reserve(text.Length);
        foreach (var c in text)
        {
            _span[_count++] = (byte)char.ToLowerInvariant(c);
        }
    }

    /// <summary>Appends bytes as lower-case hex.</summary>
    public void AppendHex(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length * 2);
        Convert.TryToHexStringLower(bytes, _span[_count..], out var written);
        _count += written;
    }

    /// <summary>Returns what was rented.</summary>
    public void Dispose()
    {
        if (_rented is not null)
        {
            ArrayPool<byte>.Shared.Return(_rented);
            _rented = null;
        }
    }

    private void Reserve(int count)
    {
        if (_span.Length - _count >= count)
        {
            return;
        }

        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_span.Length * 2, _count + count));
        _span[.._count].CopyTo(larger);
        Dispose();
        _rented = larger;
        _span = larger;
    }
}
