namespace OrleansStorage.Devices.Files;

/// <summary>Where the bytes of one read go, in order. Any of the three may be empty.</summary>
/// <param name="Head">The first bytes.</param>
/// <param name="Body">The bytes after those.</param>
/// <param name="Tail">The last bytes.</param>
public readonly record struct ReadBuffers(Memory<byte> Head, Memory<byte> Body, Memory<byte> Tail)
{
    /// <summary>One buffer.</summary>
    public ReadBuffers(Memory<byte> body)
        : this(Memory<byte>.Empty, body, Memory<byte>.Empty)
    {
    }

    /// <summary>Length of all three, in bytes.</summary>
    public int LengthBytes => Head.Length + Body.Length + Tail.Length;

    /// <summary>What is left after the first bytes were read.</summary>
    /// <param name="count">How many, at most <see cref="LengthBytes"/>.</param>
    public ReadBuffers Skip(int count)
    {
        var head = Math.Min(count, Head.Length);
        var body = Math.Min(count - head, Body.Length);
        return new ReadBuffers(Head[head..], Body[body..], Tail[(count - head - body)..]);
    }
}
