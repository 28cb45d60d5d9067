using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using Orleans.Serialization;

namespace Orleans.Messages;

/// <summary>Finds or generates the function that copies values of one exact type.</summary>
internal static class ExactCopiers
{
    private static readonly Dictionary<Type, string> ContainerCopiers = new()
    {
        [typeof(List<>)] = nameof(CopyList),
        [typeof(HashSet<>)] = nameof(CopyHashSet),
        [typeof(SortedSet<>)] = nameof(CopySortedSet),
        [typeof(Queue<>)] = nameof(CopyQueue),
        [typeof(Stack<>)] = nameof(CopyStack),
        [typeof(Dictionary<,>)] = nameof(CopyDictionary),
        [typeof(SortedDictionary<,>)] = nameof(CopySortedDictionary),
        [typeof(ConcurrentDictionary<,>)] = nameof(CopyConcurrentDictionary),
        [typeof(KeyValuePair<,>)] = nameof(CopyPair),
        [typeof(Nullable<>)] = nameof(CopyNullable),
        [typeof(Memory<>)] = nameof(CopyMemory),
        [typeof(ReadOnlyMemory<>)] = nameof(CopyReadOnlyMemory),
        [typeof(ImmutableArray<>)] = nameof(CopyImmutableArray),
        [typeof(ImmutableList<>)] = nameof(CopyImmutableList),
        [typeof(ImmutableHashSet<>)] = nameof(CopyImmutableHashSet),
        [typeof(ImmutableDictionary<,>)] = nameof(CopyImmutableDictionary),
        [typeof(ImmutableSortedDictionary<,>)] = nameof(CopyImmutableSortedDictionary),
    };

    /// <summary>Containers whose elements alone decide whether they can be in a message.</summary>
    public static IEnumerable<Type> Containers => ContainerCopiers.Keys;

    public static Func<T, CopyContext, T> Build<T>()
    {
        var type = typeof(T);
        if (MessageTypes.IsShared(type))
        {
            return static (value, _) => value;
        }

        if (type.IsSZArray)
        {
            return Close<T>(nameof(CopyArray), type.GetElementType()!);
        }

        if (type.IsGenericType && ContainerCopiers.TryGetValue(type.GetGenericTypeDefinition(), out var method))
        {
            return Close<T>(method, type.GetGenericArguments());
        }

        if (typeof(Exception).IsAssignableFrom(type))
        {
            return static (value, _) => (T)(object)ExceptionCopier.Copy((Exception)(object)value!);
        }

        if (MessageTypes.MembersOf(type) is { } members)
        {
            return MemberCopierEmitter.Emit<T>(members);
        }

        throw new CodecNotFoundException($"Could not find a copier for type {type}.");
    }

    private static Func<T, CopyContext, T> Close<T>(string method, params Type[] arguments) =>
        typeof(ExactCopiers).GetMethod(method, BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(arguments)
            .CreateDelegate<Func<T, CopyContext, T>>();

    private static E[] CopyArray<E>(E[] value, CopyContext context)
    {
        if (context.TryGet(value, out var known))
        {
            return known;
        }

        var copy = new E[value.Length];
        context.Record(value, copy);
        if (Copier<E>.IsShared)
        {
            value.CopyTo(copy, 0);
            return copy;
        }

        for (var index = 0; index < value.Length; index++)
        {
            copy[index] = Copier<E>.Copy(value[index], context);
        }

        return copy;
    }

    private static TCollection Fill<TCollection, E>(TCollection source, TCollection copy, IEnumerable<E> elements, Action<TCollection, E> add, CopyContext context)
        where TCollection : class
    {
        context.Record(source, copy);
        foreach (var element in elements)
        {
            add(copy, Copier<E>.Copy(element, context));
        }

        return copy;
    }

    private static List<E> CopyList<E>(List<E> value, CopyContext context) =>
        context.TryGet(value, out var known)
            ? known
            : Fill<List<E>, E>(value, new List<E>(value.Count), value, static (list, element) => list.Add(element), context);

    private static HashSet<E> CopyHashSet<E>(HashSet<E> value, CopyContext context) =>
        context.TryGet(value, out var known)
            ? known
            : Fill<HashSet<E>, E>(value, new HashSet<E>(value.Count, value.Comparer), value, static (set, element) => set.Add(element), context);

    private static SortedSet<E> CopySortedSet<E>(SortedSet<E> value, CopyContext context) =>
        context.TryGet(value, out var known)
            ? known
            : Fill<SortedSet<E>, E>(value, new SortedSet<E>(value.Comparer), value, static (set, element) => set.Add(element), context);

    private static Queue<E> CopyQueue<E>(Queue<E> value, CopyContext context) =>
        context.TryGet(value, out var known)
            ? known
            : Fill<Queue<E>, E>(value, new Queue<E>(value.Count), value, static (queue, element) => queue.Enqueue(element), context);

    private static Stack<E> CopyStack<E>(Stack<E> value, CopyContext context) =>
        context.TryGet(value, out var known)
            ? known
            : Fill<Stack<E>, E>(value, new Stack<E>(value.Count), value.Reverse(), static (stack, element) => stack.Push(element), context);

    private static Dictionary<K, V> CopyDictionary<K, V>(Dictionary<K, V> value, CopyContext context) where K : notnull =>
        context.TryGet(value, out var known)
            ? known
            : FillMap<Dictionary<K, V>, K, V>(value, new Dictionary<K, V>(value.Count, value.Comparer), context);

    private static SortedDictionary<K, V> CopySortedDictionary<K, V>(SortedDictionary<K, V> value, CopyContext context) where K : notnull =>
        context.TryGet(value, out var known)
            ? known
            : FillMap<SortedDictionary<K, V>, K, V>(value, new SortedDictionary<K, V>(value.Comparer), context);

    private static ConcurrentDictionary<K, V> CopyConcurrentDictionary<K, V>(ConcurrentDictionary<K, V> value, CopyContext context) where K : notnull =>
        context.TryGet(value, out var known)
            ? known
            : FillMap<ConcurrentDictionary<K, V>, K, V>(value, new ConcurrentDictionary<K, V>(value.Comparer), context);

    private static TMap FillMap<TMap, K, V>(TMap source, TMap copy, CopyContext context) where TMap : class, IDictionary<K, V>
    {
        context.Record(source, copy);
        foreach (var (key, value) in source)
        {
            copy[Copier<K>.Copy(key, context)] = Copier<V>.Copy(value, context);
        }

        return copy;
    }

    private static KeyValuePair<K, V> CopyPair<K, V>(KeyValuePair<K, V> value, CopyContext context) =>
        new(Copier<K>.Copy(value.Key, context), Copier<V>.Copy(value.Value, context));

    private static E? CopyNullable<E>(E? value, CopyContext context) where E : struct =>
        value is { } some ? Copier<E>.Copy(some, context) : null;

    private static Memory<E> CopyMemory<E>(Memory<E> value, CopyContext context) => CopyArray(value.ToArray(), context);

    private static ReadOnlyMemory<E> CopyReadOnlyMemory<E>(ReadOnlyMemory<E> value, CopyContext context) =>
        CopyArray(value.ToArray(), context);

    private static ImmutableArray<E> CopyImmutableArray<E>(ImmutableArray<E> value, CopyContext context) =>
        value.IsDefault ? value : [.. value.Select(element => Copier<E>.Copy(element, context))];

    private static ImmutableList<E> CopyImmutableList<E>(ImmutableList<E> value, CopyContext context) =>
        [.. value.Select(element => Copier<E>.Copy(element, context))];

    private static ImmutableHashSet<E> CopyImmutableHashSet<E>(ImmutableHashSet<E> value, CopyContext context) =>
        value.Select(element => Copier<E>.Copy(element, context)).ToImmutableHashSet(value.KeyComparer);

    private static ImmutableDictionary<K, V> CopyImmutableDictionary<K, V>(ImmutableDictionary<K, V> value, CopyContext context) where K : notnull =>
        value.ToImmutableDictionary(
            pair => Copier<K>.Copy(pair.Key, context), pair => Copier<V>.Copy(pair.Value, context), value.KeyComparer, value.ValueComparer);

    private static ImmutableSortedDictionary<K, V> CopyImmutableSortedDictionary<K, V>(ImmutableSortedDictionary<K, V> value, CopyContext context) where K : notnull =>
        value.ToImmutableSortedDictionary(
            pair => Copier<K>.Copy(pair.Key, context), pair => Copier<V>.Copy(pair.Value, context), value.KeyComparer, value.ValueComparer);
}
