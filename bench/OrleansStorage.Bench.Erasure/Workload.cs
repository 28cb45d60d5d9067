using System.Numerics;
using System.Runtime.InteropServices;
using OrleansStorage.Erasure;
using OrleansStorage.Erasure.Plans;

namespace OrleansStorage.Bench.Erasure;

/// <summary>A blob with its parity, fragments one after the other; both sides work on the same memory.</summary>
internal sealed unsafe class Workload : IDisposable
{
    private const int AlignmentBytes = 4096;

    private readonly Operation _operation;
    private readonly int _dataCount;
    private readonly int _parityCount;
    private readonly int _length;
    private readonly int _blobLength;
    private readonly byte* _fragments;
    private readonly byte* _copy;
    private readonly byte* _tables;
    private readonly byte** _sources;
    private readonly byte** _targets;
    private readonly int[] _missing;
    private readonly byte[] _expected;

    public Workload(Operation operation, int dataCount, int parityCount, int blobLength)
    {
        _operation = operation;
        _dataCount = dataCount;
        _parityCount = parityCount;
        _blobLength = blobLength;
        _length = new FragmentLayout(blobLength, dataCount).FragmentLength;
        var bytes = (dataCount + parityCount) * _length;
        _fragments = Allocate(bytes);
        _copy = Allocate(bytes);
        _tables = Allocate(IsaL.TableBytes * dataCount * parityCount);
        _sources = (byte**)Allocate(sizeof(byte*) * dataCount);
        _targets = (byte**)Allocate(sizeof(byte*) * parityCount);
        new Xorshift(1).Fill(new Span<byte>(_fragments, blobLength));
        new ReedSolomonCodec(dataCount, parityCount).Encode(Data, Parity);
        _expected = new Span<byte>(_fragments, bytes).ToArray();

        int[] wanted = [.. Enumerable.Range(operation == Operation.Encode ? dataCount : 0, parityCount)];
        int[] present = [.. Enumerable.Range(0, dataCount + parityCount).Except(wanted)];
        _missing = wanted;
        Point(present, _sources);
        Point(wanted, _targets);
        PrepareIsaL(present, wanted);
    }

    private Span<byte> Data => new(_fragments, _blobLength);

    private Span<byte> Parity => new(_fragments + ((nint)_dataCount * _length), _parityCount * _length);

    /// <summary>Does it once with the library measured.</summary>
    public void Here(ReedSolomonCodec codec)
    {
        if (_operation == Operation.Encode)
        {
            codec.Encode(Data, Parity);
        }
        else
        {
            codec.Reconstruct(new Span<byte>(_fragments, (_dataCount + _parityCount) * _length), _missing);
        }
    }

    /// <summary>Does it once with ISA-L.</summary>
    public void There(IsaLEncode function) => function(_length, _dataCount, _parityCount, _tables, _sources, _targets);

    /// <summary>Copies the blob: what the memory could do.</summary>
    public void Copy() => NativeMemory.Copy(_fragments, _copy, (nuint)_blobLength);

    /// <summary>Reads the blob.</summary>
    public ulong Read()
    {
        var (first, second, third, fourth) = (Vector<ulong>.Zero, Vector<ulong>.Zero, Vector<ulong>.Zero, Vector<ulong>.Zero);
        var step = Vector<byte>.Count;
        for (var source = _fragments; source < _fragments + _blobLength; source += 4 * step)
        {
            first ^= Vector.Load((ulong*)source);
            second ^= Vector.Load((ulong*)(source + step));
            third ^= Vector.Load((ulong*)(source + (2 * step)));
            fourth ^= Vector.Load((ulong*)(source + (3 * step)));
        }

        return Vector.Sum(first ^ second ^ third ^ fourth);
    }

    /// <summary>Throws unless <paramref name="action"/> makes the right bytes.</summary>
    public void Check(Action action)
    {
        foreach (var number in _missing)
        {
            NativeMemory.Clear(_fragments + ((nint)number * _length), (nuint)_length);
        }

        action();
        if (!new Span<byte>(_fragments, _expected.Length).SequenceEqual(_expected))
        {
            throw new InvalidOperationException("The two sides do not make the same bytes.");
        }
    }

    public void Dispose()
    {
        NativeMemory.AlignedFree(_fragments);
        NativeMemory.AlignedFree(_copy);
        NativeMemory.AlignedFree(_tables);
        NativeMemory.AlignedFree(_sources);
        NativeMemory.AlignedFree(_targets);
    }

    private static byte* Allocate(int bytes)
    {
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)bytes, AlignmentBytes);
        NativeMemory.Clear(memory, (nuint)bytes);
        return memory;
    }

    private void Point(int[] numbers, byte** pointers)
    {
        for (var i = 0; i < numbers.Length; i++)
        {
            pointers[i] = _fragments + ((nint)numbers[i] * _length);
        }
    }

    private void PrepareIsaL(int[] present, int[] wanted)
    {
        if (!IsaL.IsLoaded)
        {
            return;
        }

        // Its own matrix to encode with; to decode, the inverse is the same whoever computes it.
        var matrix = _operation == Operation.Encode
            ? Generate()
            : DecodeMatrix.Create(_dataCount, SetOf(present), SetOf(wanted));
        fixed (byte* rows = matrix)
        {
            IsaL.InitTables(_dataCount, _parityCount, rows, _tables);
        }
    }

    private byte[] Generate()
    {
        var matrix = new byte[(_dataCount + _parityCount) * _dataCount];
        fixed (byte* rows = matrix)
        {
            IsaL.GenerateCauchyMatrix(rows, _dataCount + _parityCount, _dataCount);
        }

        return matrix[(_dataCount * _dataCount)..];
    }

    private static FragmentSet SetOf(int[] numbers) => numbers.Aggregate(default(FragmentSet), (set, number) => set.With(number));
}
