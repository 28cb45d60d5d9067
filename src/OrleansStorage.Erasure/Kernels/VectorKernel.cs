using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OrleansStorage.Erasure.Kernels;

/// <summary>
/// Two vectors of columns at a time: all sources are read for them once, while the sums of up to four targets stay in
/// registers, and each table is loaded once for both.
/// </summary>
/// <remarks>
/// What is left at the end, and what is too short from the start, is copied to the stack, padded to a full step and computed
/// there, so that a step is all there is to compute.
/// </remarks>
internal sealed unsafe class VectorKernel<TLanes, T> : GaloisKernel
    where TLanes : struct, IGaloisLanes<T>
    where T : unmanaged
{
    private const int StepBytesMax = 128;

    /// <inheritdoc/>
    public override int TableBytes => TLanes.TableBytes;

    private static nuint StepBytes => (nuint)(2 * sizeof(T));

    /// <inheritdoc/>
    public override void WriteTable(byte constant, Span<byte> table) => TLanes.WriteTable(constant, table);

    /// <inheritdoc/>
    public override void Combine(
        byte** sources, int sourceCount, byte** targets, int targetCount, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        var whole = end - ((end - offset) % StepBytes);
        if (whole != offset)
        {
            CombineSteps(sources, sourceCount, targets, targetCount, tables, offset, whole, isAdding);
        }

        if (whole != end)
        {
            CombineRest(sources, sourceCount, targets, targetCount, tables, whole, (uint)(end - whole), isAdding);
        }
    }

    private static void CombineSteps(
        byte** sources, int sourceCount, byte** targets, int targetCount, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        switch (targetCount)
        {
            case 1:
                Combine1(sources, sourceCount, targets, tables, offset, end, isAdding);
                break;
            case 2:
                Combine2(sources, sourceCount, targets, tables, offset, end, isAdding);
                break;
            case 3:
                Combine3(sources, sourceCount, targets, tables, offset, end, isAdding);
                break;
            default:
                Combine4(sources, sourceCount, targets, tables, offset, end, isAdding);
                break;
        }
    }

    [SkipLocalsInit]
    private static void CombineRest(
        byte** sources, int sourceCount, byte** targets, int targetCount, byte* tables, nuint offset, uint count, bool isAdding)
    {
        var space = stackalloc byte[(SourcesMax + TargetsMax) * StepBytesMax];
        var pointers = stackalloc byte*[SourcesMax + TargetsMax];
        for (var s = 0; s < sourceCount; s++, space += StepBytesMax)
        {
            pointers[s] = space;
            NativeMemory.Copy(sources[s] + offset, space, count);
        }

        var sums = pointers + sourceCount;
        for (var t = 0; t < targetCount; t++, space += StepBytesMax)
        {
            sums[t] = space;
            NativeMemory.Copy(targets[t] + offset, space, count);
        }

        CombineSteps(pointers, sourceCount, sums, targetCount, tables, 0, StepBytes, isAdding);
        for (var t = 0; t < targetCount; t++)
        {
            NativeMemory.Copy(sums[t], targets[t] + offset, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Combine1(
        byte** sources, int sourceCount, byte** targets, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        var target = targets[0];
        for (; offset < end; offset += StepBytes)
        {
            Start(target + offset, isAdding, out var first, out var second);
            var table = tables;
            for (var s = 0; s < sourceCount; s++)
            {
                Split(sources[s] + offset, out var low1, out var high1, out var low2, out var high2);
                Add(ref first, ref second, ref table, low1, high1, low2, high2);
            }

            Finish(target + offset, first, second);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Combine2(
        byte** sources, int sourceCount, byte** targets, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        var target1 = targets[0];
        var target2 = targets[1];
        for (; offset < end; offset += StepBytes)
        {
            Start(target1 + offset, isAdding, out var first1, out var second1);
            Start(target2 + offset, isAdding, out var first2, out var second2);
            var table = tables;
            for (var s = 0; s < sourceCount; s++)
            {
                Split(sources[s] + offset, out var low1, out var high1, out var low2, out var high2);
                Add(ref first1, ref second1, ref table, low1, high1, low2, high2);
                Add(ref first2, ref second2, ref table, low1, high1, low2, high2);
            }

            Finish(target1 + offset, first1, second1);
            Finish(target2 + offset, first2, second2);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Combine3(
        byte** sources, int sourceCount, byte** targets, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        var target1 = targets[0];
        var target2 = targets[1];
        var target3 = targets[2];
        for (; offset < end; offset += StepBytes)
        {
            Start(target1 + offset, isAdding, out var first1, out var second1);
            Start(target2 + offset, isAdding, out var first2, out var second2);
            Start(target3 + offset, isAdding, out var first3, out var second3);
            var table = tables;
            for (var s = 0; s < sourceCount; s++)
            {
                Split(sources[s] + offset, out var low1, out var high1, out var low2, out var high2);
                Add(ref first1, ref second1, ref table, low1, high1, low2, high2);
                Add(ref first2, ref second2, ref table, low1, high1, low2, high2);
                Add(ref first3, ref second3, ref table, low1, high1, low2, high2);
            }

            Finish(target1 + offset, first1, second1);
            Finish(target2 + offset, first2, second2);
            Finish(target3 + offset, first3, second3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Combine4(
        byte** sources, int sourceCount, byte** targets, byte* tables, nuint offset, nuint end, bool isAdding)
    {
        var target1 = targets[0];
        var target2 = targets[1];
        var target3 = targets[2];
        var target4 = targets[3];
        for (; offset < end; offset += StepBytes)
        {
            Start(target1 + offset, isAdding, out var first1, out var second1);
            Start(target2 + offset, isAdding, out var first2, out var second2);
            Start(target3 + offset, isAdding, out var first3, out var second3);
            Start(target4 + offset, isAdding, out var first4, out var second4);
            var table = tables;
            for (var s = 0; s < sourceCount; s++)
            {
                Split(sources[s] + offset, out var low1, out var high1, out var low2, out var high2);
                Add(ref first1, ref second1, ref table, low1, high1, low2, high2);
                Add(ref first2, ref second2, ref table, low1, high1, low2, high2);
                Add(ref first3, ref second3, ref table, low1, high1, low2, high2);
                Add(ref first4, ref second4, ref table, low1, high1, low2, high2);
            }

            Finish(target1 + offset, first1, second1);
            Finish(target2 + offset, first2, second2);
            Finish(target3 + offset, first3, second3);
            Finish(target4 + offset, first4, second4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Start(byte* target, bool isAdding, out T first, out T second)
    {
        first = default;
        second = default;
        if (isAdding)
        {
            first = TLanes.Load(target);
            second = TLanes.Load(target + sizeof(T));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Split(byte* source, out T low1, out T high1, out T low2, out T high2)
    {
        var first = TLanes.Load(source);
        var second = TLanes.Load(source + sizeof(T));
        low1 = TLanes.Low(first);
        high1 = TLanes.High(first);
        low2 = TLanes.Low(second);
        high2 = TLanes.High(second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref T first, ref T second, ref byte* table, T low1, T high1, T low2, T high2)
    {
        var lowTable = TLanes.LowTable(table);
        var highTable = TLanes.HighTable(table);
        first = TLanes.AddProduct(first, lowTable, highTable, low1, high1);
        second = TLanes.AddProduct(second, lowTable, highTable, low2, high2);
        table += TLanes.TableBytes;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(byte* target, T first, T second)
    {
        TLanes.Store(target, first);
        TLanes.Store(target + sizeof(T), second);
    }
}
