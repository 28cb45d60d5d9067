using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace OrleansStorage.Erasure;

/// <summary>What is done with fragments while they stay where they are.</summary>
internal unsafe interface IPinnedAction
{
    /// <summary>Does it.</summary>
    /// <param name="sources">Where the sources start.</param>
    /// <param name="targets">Where the targets start.</param>
    void Run(byte** sources, byte** targets);
}

/// <summary>Pins lists of fragments. A pinned handle for each would allocate; a stack frame for each does not.</summary>
internal static unsafe class Pinning
{
    /// <summary>Runs code while all fragments are pinned.</summary>
    /// <param name="sources">Fragments to read.</param>
    /// <param name="sourceSlots">Which place each source takes in the list of pointers; -1 leaves it out.</param>
    /// <param name="targets">Fragments to write.</param>
    /// <param name="targetSlots">Which place each target takes.</param>
    /// <param name="action">What to run; keeps its result.</param>
    public static void Run<TAction>(
        ReadOnlySpan<ReadOnlyMemory<byte>> sources, ReadOnlySpan<int> sourceSlots,
        ReadOnlySpan<ReadOnlyMemory<byte>> targets, ReadOnlySpan<int> targetSlots, ref TAction action)
        where TAction : struct, IPinnedAction
    {
        var pointers = stackalloc byte*[sources.Length + targets.Length];
        var lists = new Lists
        {
            Sources = sources,
            SourceSlots = sourceSlots,
            Targets = targets,
            TargetSlots = targetSlots,
            Pointers = pointers,
        };
        PinNext(ref lists, 0, ref action);
    }

    /// <summary>The same list, to be read only.</summary>
    public static ReadOnlySpan<ReadOnlyMemory<byte>> AsReadOnly(ReadOnlySpan<Memory<byte>> memories) =>
        MemoryMarshal.CreateReadOnlySpan(
            ref Unsafe.As<Memory<byte>, ReadOnlyMemory<byte>>(ref MemoryMarshal.GetReference(memories)), memories.Length);

    /// <summary>Refuses targets that share bytes with a source or with each other.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public static void RequireDisjoint(byte** sources, int sourceCount, byte** targets, int targetCount, nuint length)
    {
        for (var t = 0; t < targetCount; t++)
        {
            RequireDisjoint(targets[t], sources, sourceCount, length);
            RequireDisjoint(targets[t], targets, t, length);
        }
    }

    private static void RequireDisjoint(byte* target, byte** others, int count, nuint length)
    {
        for (var i = 0; i < count; i++)
        {
            if ((nuint)(target - others[i]) < length || (nuint)(others[i] - target) < length)
            {
                throw new ArgumentException("A fragment to be written overlaps another fragment.");
            }
        }
    }

    private static void PinNext<TAction>(ref Lists lists, int index, ref TAction action)
        where TAction : struct, IPinnedAction
    {
        var targetIndex = index - lists.Sources.Length;
        if (targetIndex == lists.Targets.Length)
        {
            action.Run(lists.Pointers, lists.Pointers + lists.Sources.Length);
            return;
        }

        var slot = targetIndex < 0 ? lists.SourceSlots[index] : lists.Sources.Length + lists.TargetSlots[targetIndex];
        if (slot < 0)
        {
            PinNext(ref lists, index + 1, ref action);
            return;
        }

        var fragment = targetIndex < 0 ? lists.Sources[index] : lists.Targets[targetIndex];
        fixed (byte* pointer = fragment.Span)
        {
            lists.Pointers[slot] = pointer;
            PinNext(ref lists, index + 1, ref action);
        }
    }

    private ref struct Lists
    {
        public ReadOnlySpan<ReadOnlyMemory<byte>> Sources;
        public ReadOnlySpan<int> SourceSlots;
        public ReadOnlySpan<ReadOnlyMemory<byte>> Targets;
        public ReadOnlySpan<int> TargetSlots;
        public byte** Pointers;
    }
}
