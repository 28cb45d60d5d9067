using OrleansStorage.Erasure;

namespace OrleansStorage.Pools.Striping;

/// <summary>The fragments of a blob that is being written: slices of it, and buffers for what is not there as it is to be stored.</summary>
internal sealed class StripeBuffers(PageBuffers buffers, ReedSolomonCodec codec, ReadOnlyMemory<byte> payload, int fragmentBytes)
    : IDisposable
{
    private readonly List<PageBuffer> _rented = [];
    private Memory<byte>? _parity;

    /// <summary>One fragment. The first one of the parity computes all of it.</summary>
    public ReadOnlyMemory<byte> Fragment(int number)
    {
        if (number >= codec.DataCount)
        {
            return (_parity ??= Encode()).Slice((number - codec.DataCount) * fragmentBytes, fragmentBytes);
        }

        var start = Math.Min(payload.Length, number * fragmentBytes);
        var length = Math.Min(payload.Length - start, fragmentBytes);
        return length == fragmentBytes ? payload.Slice(start, length) : Padded(payload.Slice(start, length));
    }

    /// <summary>Gives the buffers back: nobody reads the fragments any more.</summary>
    public void Dispose()
    {
        foreach (var buffer in _rented)
        {
            buffers.Return(buffer);
        }

        _rented.Clear();
    }

    private Memory<byte> Encode()
    {
        var parity = Rent(codec.ParityCount * fragmentBytes);
        codec.Encode(payload.Span, parity.Span);
        return parity;
    }

    private Memory<byte> Padded(ReadOnlyMemory<byte> part)
    {
        var padded = Rent(fragmentBytes);
        part.CopyTo(padded);
        padded.Span[part.Length..].Clear();
        return padded;
    }

    private Memory<byte> Rent(int bytes)
    {
        var buffer = buffers.Rent(bytes);
        _rented.Add(buffer);
        return buffer.Take(bytes);
    }
}
