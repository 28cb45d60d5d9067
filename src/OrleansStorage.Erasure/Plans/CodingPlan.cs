using System.Numerics;
using System.Runtime.CompilerServices;
using OrleansStorage.Erasure.Kernels;

namespace OrleansStorage.Erasure.Plans;

/// <summary>A matrix over GF(2^8), ready to be applied to fragments by a kernel. Immutable, thread-safe.</summary>
internal sealed unsafe class CodingPlan
{
    /// <summary>Targets that are made in one pass over the sources.</summary>
    public const int TargetsPerPass = GaloisKernel.TargetsMax;

    // Where sources are read, or targets written, more than once, they are taken in blocks of columns that stay in the
    // second-level cache meanwhile: 32 sources and 4 targets are 288 KiB.
    private const int BlockBytes = 8 * 1024;

    // Results that are only looked at stay in the first-level cache.
    private const int ScratchBytes = 4 * 1024;

    private readonly GaloisKernel _kernel;
    private readonly int _targets;
    private readonly int _sources;

    // Groups of up to 4 targets; in each, the tables of the first source for every target of the group, then of the next.
    private readonly byte[] _tables;

    /// <summary>Makes the tables of a matrix.</summary>
    /// <param name="kernel">Who computes.</param>
    /// <param name="matrix">Rows, one after the other.</param>
    /// <param name="targets">Number of rows, 1 or more.</param>
    /// <param name="sources">Number of columns, 1 or more.</param>
    public CodingPlan(GaloisKernel kernel, ReadOnlySpan<byte> matrix, int targets, int sources)
    {
        _kernel = kernel;
        _targets = targets;
        _sources = sources;
        _tables = new byte[matrix.Length * kernel.TableBytes];
        var rest = _tables.AsSpan();
        for (var group = 0; group < targets; group += TargetsPerPass)
        {
            var end = Math.Min(group + TargetsPerPass, targets);
            for (var source = 0; source < sources; source++)
            {
                for (var target = group; target < end; target++)
                {
                    kernel.WriteTable(matrix[(target * sources) + source], rest);
                    rest = rest[kernel.TableBytes..];
                }
            }
        }
    }

    /// <summary>Size of the tables, in bytes.</summary>
    public int Bytes => _tables.Length;

    /// <summary>Makes all targets from the first <paramref name="sourceCount"/> sources; the others count as zeros.</summary>
    /// <param name="sources">Where the sources start.</param>
    /// <param name="sourceCount">0 to all.</param>
    /// <param name="targets">Where the targets start.</param>
    /// <param name="offset">First column, in bytes.</param>
    /// <param name="end">The column after the last.</param>
    public void Apply(byte** sources, int sourceCount, byte** targets, nuint offset, nuint end)
    {
        var isOnePass = sourceCount <= GaloisKernel.SourcesMax && _targets <= TargetsPerPass;
        while (offset < end)
        {
            var blockEnd = isOnePass ? end : Math.Min(offset + BlockBytes, end);
            for (var group = 0; group < _targets; group += TargetsPerPass)
            {
                ApplyGroup(group, sources, sourceCount, targets + group, offset, blockEnd);
            }

            offset = blockEnd;
        }
    }

    /// <summary>Makes one group of up to <see cref="TargetsPerPass"/> targets.</summary>
    /// <param name="firstTarget">A multiple of <see cref="TargetsPerPass"/>.</param>
    /// <param name="sources">Where the sources start.</param>
    /// <param name="sourceCount">0 to all.</param>
    /// <param name="targets">Where the targets of the group start.</param>
    /// <param name="offset">First column, in bytes.</param>
    /// <param name="end">The column after the last.</param>
    public void ApplyGroup(int firstTarget, byte** sources, int sourceCount, byte** targets, nuint offset, nuint end)
    {
        var first = 0;
        do
        {
            var count = Math.Min(sourceCount - first, GaloisKernel.SourcesMax);
            Combine(firstTarget, first, sources + first, count, targets, offset, end, isAdding: first > 0);
            first += count;
        }
        while (first < sourceCount);
    }

    /// <summary>Tells whether all targets are what <see cref="Apply"/> would make of them. Writes to none.</summary>
    /// <param name="sources">Where the sources start.</param>
    /// <param name="sourceCount">0 to all.</param>
    /// <param name="targets">Where the targets start.</param>
    /// <param name="offset">First column, in bytes.</param>
    /// <param name="end">The column after the last.</param>
    [SkipLocalsInit]
    public bool Matches(byte** sources, int sourceCount, byte** targets, nuint offset, nuint end)
    {
        var scratch = stackalloc byte[TargetsPerPass * ScratchBytes];
        var sums = stackalloc byte*[TargetsPerPass];
        for (nuint blockEnd; offset < end; offset = blockEnd)
        {
            blockEnd = Math.Min(offset + ScratchBytes, end);
            for (var group = 0; group < _targets; group += TargetsPerPass)
            {
                var count = Math.Min(_targets - group, TargetsPerPass);
                for (var i = 0; i < count; i++)
                {
                    // Column `offset` of the sum is the start of its scratch space.
                    sums[i] = scratch + (i * ScratchBytes) - offset;
                }

                ApplyGroup(group, sources, sourceCount, sums, offset, blockEnd);
                if (!AreEqual(sums, targets + group, count, offset, blockEnd))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Brings all targets from an earlier content of one source to a later one.</summary>
    /// <param name="source">Number of the source in the matrix.</param>
    /// <param name="before">Its earlier content.</param>
    /// <param name="after">Its later content.</param>
    /// <param name="targets">Where the targets start.</param>
    /// <param name="end">Number of columns.</param>
    [SkipLocalsInit]
    public void Update(int source, byte* before, byte* after, byte** targets, nuint end)
    {
        var scratch = stackalloc byte[ScratchBytes];
        nuint blockEnd;
        for (nuint offset = 0; offset < end; offset = blockEnd)
        {
            blockEnd = Math.Min(offset + ScratchBytes, end);
            Subtract(after + offset, before + offset, scratch, (int)(blockEnd - offset));

            // Column `offset` of the change is the start of the scratch space.
            var change = scratch - offset;
            for (var group = 0; group < _targets; group += TargetsPerPass)
            {
                Combine(group, source, &change, 1, targets + group, offset, blockEnd, isAdding: true);
            }
        }
    }

    private static bool AreEqual(byte** left, byte** right, int count, nuint offset, nuint end)
    {
        for (var i = 0; i < count; i++)
        {
            var columns = new ReadOnlySpan<byte>(left[i] + offset, (int)(end - offset));
            if (!columns.SequenceEqual(new ReadOnlySpan<byte>(right[i] + offset, columns.Length)))
            {
                return false;
            }
        }

        return true;
    }

    // Addition and subtraction are both exclusive or.
    private static void Subtract(byte* left, byte* right, byte* difference, int length)
    {
        var i = 0;
        for (; length - i >= Vector<byte>.Count; i += Vector<byte>.Count)
        {
            Vector.Store(Vector.Load(left + i) ^ Vector.Load(right + i), difference + i);
        }

        for (; i < length; i++)
        {
            difference[i] = (byte)(left[i] ^ right[i]);
        }
    }

    private void Combine(
        int firstTarget, int firstSource, byte** sources, int sourceCount, byte** targets, nuint offset, nuint end, bool isAdding)
    {
        var count = Math.Min(_targets - firstTarget, TargetsPerPass);
        var position = (firstTarget * _sources) + (firstSource * count);
        fixed (byte* tables = _tables)
        {
            _kernel.Combine(
                sources, sourceCount, targets, count, tables + (position * _kernel.TableBytes), offset, end, isAdding);
        }
    }
}
