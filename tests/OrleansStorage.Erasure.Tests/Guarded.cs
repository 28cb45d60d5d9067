namespace OrleansStorage.Erasure.Tests;

/// <summary>A buffer at some alignment between two guards, which tell whether anything was written outside of it.</summary>
internal sealed class Guarded
{
    private const int GuardBytes = 160;
    private const byte Guard = 0xA5;

    private readonly byte[] _space;
    private readonly int _start;
    private readonly int _length;

    public Guarded(Random random, int length)
    {
        _start = GuardBytes + random.Next(64);
        _length = length;
        _space = new byte[_start + length + GuardBytes];
        _space.AsSpan().Fill(Guard);
    }

    public Guarded(Random random, ReadOnlySpan<byte> content)
        : this(random, content.Length) =>
        content.CopyTo(Memory.Span);

    public Memory<byte> Memory => _space.AsMemory(_start, _length);

    public Span<byte> Span => Memory.Span;

    public bool IsIntact =>
        !_space.AsSpan(0, _start).ContainsAnyExcept(Guard) && !_space.AsSpan(_start + _length).ContainsAnyExcept(Guard);
}
