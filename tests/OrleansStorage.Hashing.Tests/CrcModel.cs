namespace OrleansStorage.Hashing.Tests;

/// <summary>A CRC as a textbook has it: one bit at a time, in normal (not reflected) form, nothing shared with the code under test.</summary>
internal sealed class CrcModel(int widthBits, ulong normalPolynomial)
{
    private readonly ulong _mask = widthBits == 64 ? ulong.MaxValue : (1UL << widthBits) - 1;

    public ulong Append(ulong crc, ReadOnlySpan<byte> data)
    {
        var state = Reflect(crc ^ _mask);
        foreach (var value in data)
        {
            for (var bit = 0; bit < 8; bit++)
            {
                var carry = ((state >> (widthBits - 1)) & 1) ^ (((ulong)value >> bit) & 1);
                state = ((state << 1) & _mask) ^ (carry != 0 ? normalPolynomial : 0);
            }
        }

        return Reflect(state) ^ _mask;
    }

    private ulong Reflect(ulong value)
    {
        var reflected = 0UL;
        for (var bit = 0; bit < widthBits; bit++)
        {
            reflected |= ((value >> bit) & 1) << (widthBits - 1 - bit);
        }

        return reflected;
    }
}
