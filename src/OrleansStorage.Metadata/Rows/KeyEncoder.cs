using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace OrleansStorage.Metadata.Rows;

/// <summary>Turns a key into bytes whose order is the order of the keys.</summary>
/// <remarks>
/// <code>
/// Int64        8 bytes, big-endian, sign bit flipped
/// Text, Bytes  UTF-8 or the bytes; in the last column as they are, else 00 becomes 00 FF and 00 00 ends it
/// </code>
/// Two keys of one table are compared as unsigned bytes. Not for several threads at once.
/// </remarks>
internal sealed class KeyEncoder : IRowWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);
    private int _left;

    /// <summary>The key, valid until the next one is encoded.</summary>
    public ReadOnlySpan<byte> Encoded => _buffer.WrittenSpan;

    /// <summary>Begins a key of <paramref name="columns"/> columns, which are then written here.</summary>
    public void Begin(int columns)
    {
        _buffer.ResetWrittenCount();
        _left = columns;
    }

    /// <summary>The bytes of the first columns of a row.</summary>
    public byte[] Encode(TableLayout layout, ReadOnlySpan<ColumnValue> values)
    {
        Begin(layout.KeyCount);
        for (var i = 0; i < layout.KeyCount; i++)
        {
            switch (layout.Columns[i].Type)
            {
                case ColumnType.Int64:
                    Int64(values[i].Int64);
                    break;
                case ColumnType.Text:
                    Text(values[i].Text);
                    break;
                default:
                    Bytes(values[i].Bytes);
                    break;
            }
        }

        return Encoded.ToArray();
    }

    /// <inheritdoc/>
    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(sizeof(long)), value ^ long.MinValue);
        _buffer.Advance(sizeof(long));
        _left--;
    }

    /// <inheritdoc/>
    public void NullableInt64(long? value) => Int64(value ?? throw new ArgumentException("A key column is null."));

    /// <inheritdoc/>
    public void Text(string? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        StoredText.Check(value);
        Encoding.UTF8.GetBytes(value, _buffer);
        if (_left == 1)
        {
            _left--;
            return;
        }

        End(); // Text holds no NUL: there is nothing to escape.
    }

    /// <inheritdoc/>
    public void Bytes(byte[]? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (_left == 1)
        {
            _buffer.Write(value);
            _left--;
            return;
        }

        ReadOnlySpan<byte> rest = value;
        for (var zero = rest.IndexOf((byte)0); zero >= 0; zero = rest.IndexOf((byte)0))
        {
            _buffer.Write(rest[..(zero + 1)]);
            _buffer.Write([(byte)0xFF]);
            rest = rest[(zero + 1)..];
        }

        _buffer.Write(rest);
        End();
    }

    private void End()
    {
        _buffer.Write([(byte)0, (byte)0]);
        _left--;
    }
}
