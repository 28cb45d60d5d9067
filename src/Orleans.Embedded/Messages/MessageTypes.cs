using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Collections.Specialized;
using System.Globalization;
using System.Net;
using System.Numerics;
using System.Reflection;
using System.Runtime.CompilerServices;
using Orleans.Runtime;
using Orleans.Serialization;

namespace Orleans.Messages;

/// <summary>Which types can be in a message, and which of them are handed over without a copy.</summary>
internal static class MessageTypes
{
    private static readonly HashSet<Type> SharedScalars =
    [
        typeof(string), typeof(decimal), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly),
        typeof(TimeSpan), typeof(Guid), typeof(Int128), typeof(UInt128), typeof(Half), typeof(BigInteger),
        typeof(BitVector32), typeof(IPAddress), typeof(IPEndPoint), typeof(Uri), typeof(Version), typeof(CultureInfo),
        typeof(CompareInfo), typeof(CancellationToken), typeof(GrainId), typeof(GrainType), typeof(IdSpan),
        typeof(GrainInterfaceType), typeof(ActivationId), typeof(SiloAddress), typeof(GrainAddress),
    ];

    private static readonly HashSet<Type> SharedIfElementsAre =
    [
        typeof(Nullable<>), typeof(KeyValuePair<,>), typeof(ImmutableArray<>), typeof(ImmutableList<>),
        typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>), typeof(ImmutableQueue<>), typeof(ImmutableStack<>),
        typeof(ImmutableDictionary<,>), typeof(ImmutableSortedDictionary<,>),
    ];

#pragma warning disable SYSLIB0050 // The attribute says what it always said; only the formatters are obsolete.
    private const FieldAttributes NotSerialized = FieldAttributes.NotSerialized;
#pragma warning restore SYSLIB0050

    private static readonly ConcurrentDictionary<Type, bool> Shared = new();
    private static readonly ConcurrentDictionary<Type, FieldInfo[]?> Members = new();
    private static readonly ConcurrentDictionary<Type, Func<object, CopyContext, object>> Boxed = new();

    public static bool IsShared(Type type) => Shared.GetOrAdd(type, static type => DecideShared(type, []));

    public static bool IsSharedMember(FieldInfo member) =>
        IsShared(member.FieldType)
        || member.IsDefined(typeof(ImmutableAttribute))
        || PropertyOf(member)?.IsDefined(typeof(ImmutableAttribute)) == true;

    /// <summary>The fields of a [GenerateSerializer] type that travel, base classes first; null for any other type.</summary>
    public static FieldInfo[]? MembersOf(Type type) => Members.GetOrAdd(type, static type => FindMembers(type));

    /// <summary>Why the type cannot be in a message; null when it can.</summary>
    public static string? FindProblem(Type type) => FindProblem(type, []);

    /// <summary>Copies a value of any type.</summary>
    /// <exception cref="CodecNotFoundException">Its type cannot be in a message.</exception>
    public static object? CopyBoxed(object? value) => value is null ? null : CopyPolymorphic(value, typeof(object), new CopyContext());

    public static object CopyPolymorphic(object value, Type declared, CopyContext context)
    {
        if (value is GrainReference)
        {
            return value;
        }

        if (value is IGrainBase grain)
        {
            var reference = grain.GrainContext.GrainReference;
            return declared.IsInterface && declared != typeof(IAddressable) ? reference.CastTo(declared) : reference;
        }

        if (value is IGrainObserver)
        {
            throw new NotSupportedException(
                $"IGrainObserver parameters must be GrainReference or Grain and cannot be type {value.GetType()}. Did you forget to CreateObjectReference?");
        }

        var type = value.GetType();
        if (FindProblem(type) is null || typeof(Exception).IsAssignableFrom(type))
        {
            return BoxedCopier(type)(value, context);
        }

        return CopyAsDeclaredCollection(value, declared, context)
            ?? throw new CodecNotFoundException($"Could not find a copier for type {type}.");
    }

    private static Func<object, CopyContext, object> BoxedCopier(Type type) => Boxed.GetOrAdd(type, static type =>
        typeof(MessageTypes).GetMethod(nameof(CopyUnboxed), BindingFlags.Static | BindingFlags.NonPublic)!
            .MakeGenericMethod(type).CreateDelegate<Func<object, CopyContext, object>>());

    private static object CopyUnboxed<T>(object value, CopyContext context) => Copier<T>.CopyExact((T)value, context)!;

    // A foreign implementation of a collection interface arrives as the usual collection.
    private static object? CopyAsDeclaredCollection(object value, Type declared, CopyContext context)
    {
        if (!declared.IsInterface || !declared.IsGenericType || value is not IEnumerable)
        {
            return null;
        }

        var arguments = declared.GetGenericArguments();
        var collection = arguments.Length == 2
            ? typeof(Dictionary<,>).MakeGenericType(arguments)
            : declared.GetGenericTypeDefinition() == typeof(ISet<>) || declared.GetGenericTypeDefinition() == typeof(IReadOnlySet<>)
                ? typeof(HashSet<>).MakeGenericType(arguments)
                : typeof(List<>).MakeGenericType(arguments);
        return declared.IsAssignableFrom(collection)
            ? BoxedCopier(collection)(Activator.CreateInstance(collection, value)!, context)
            : null;
    }

    private static bool DecideShared(Type type, HashSet<Type> visiting)
    {
        if (type.IsPrimitive || type.IsEnum || SharedScalars.Contains(type) || type.IsDefined(typeof(ImmutableAttribute), inherit: false)
            || typeof(GrainReference).IsAssignableFrom(type))
        {
            return true;
        }

        if (type.IsGenericType && SharedIfElementsAre.Contains(type.GetGenericTypeDefinition()))
        {
            return Array.TrueForAll(type.GetGenericArguments(), argument => DecideShared(argument, visiting));
        }

        if (type.IsGenericType && IsMemory(type))
        {
            return false;
        }

        if (IsTuple(type) || (type.IsValueType && visiting.Add(type)))
        {
            return Array.TrueForAll(InstanceFields(type), field => DecideShared(field.FieldType, visiting));
        }

        return false;
    }

    private static string? FindProblem(Type type, HashSet<Type> visited)
    {
        if (!visited.Add(type) || type == typeof(object) || type == typeof(Exception) || type.IsPrimitive || type.IsEnum
            || SharedScalars.Contains(type) || typeof(IAddressable).IsAssignableFrom(type) || type == typeof(void))
        {
            return null;
        }

        if (type.IsByRef || type.IsPointer || type.IsByRefLike)
        {
            return $"{Name(type)} cannot leave the stack";
        }

        if (type.IsArray)
        {
            return type.IsSZArray ? FindProblem(type.GetElementType()!, visited) : $"{Name(type)} has more than one dimension";
        }

        if (IsContainer(type) || IsTuple(type) || IsMemory(type) || (type.IsGenericType && type.IsInterface && IsCollectionInterface(type)))
        {
            return type.GetGenericArguments().Select(argument => FindProblem(argument, visited)).FirstOrDefault(problem => problem is not null);
        }

        if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            return type.IsAbstract && !type.IsSealed ? null : $"{Name(type)} has no [GenerateSerializer]";
        }

        return FindMemberProblem(type, visited);
    }

    private static string? FindMemberProblem(Type type, HashSet<Type> visited)
    {
        var members = MembersOf(type)!;
        foreach (var field in LevelsOf(type).SelectMany(DeclaredFields))
        {
            if (!members.Contains(field) && !field.Attributes.HasFlag(NotSerialized))
            {
                return $"{Name(type)}.{PropertyOf(field)?.Name ?? field.Name} has no [Id] and would be lost";
            }
        }

        foreach (var level in LevelsOf(type))
        {
            var ids = DeclaredFields(level).Select(IdOf).Where(id => id is not null).ToList();
            if (ids.Count != ids.Distinct().Count())
            {
                return $"{Name(level)} uses an [Id] twice";
            }
        }

        return members.Select(member => FindProblem(member.FieldType, visited) is { } problem ? $"{Name(type)}: {problem}" : null)
            .FirstOrDefault(problem => problem is not null);
    }

    private static FieldInfo[]? FindMembers(Type type)
    {
        if (IsTuple(type))
        {
            return InstanceFields(type);
        }

        if (!type.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
        {
            return null;
        }

        return [.. LevelsOf(type).Reverse().SelectMany(level =>
        {
            var implicitNames = ImplicitMembers(level);
            return DeclaredFields(level)
                .Where(field => IdOf(field) is not null || implicitNames.Contains(field.Name))
                .OrderBy(field => field.MetadataToken);
        })];
    }

    // The type and those of its bases that take part: real Orleans ignores a base without the attribute.
    private static IEnumerable<Type> LevelsOf(Type type)
    {
        for (var level = type; level is not null && level != typeof(object) && level != typeof(Exception); level = level.BaseType)
        {
            if (level.IsDefined(typeof(GenerateSerializerAttribute), inherit: false))
            {
                yield return level;
            }
        }
    }

    private static HashSet<string> ImplicitMembers(Type type)
    {
        var isRecord = type.GetMethod("<Clone>$") is not null
            || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null);
        if (!isRecord && type.GetCustomAttribute<GenerateSerializerAttribute>()?.IncludePrimaryConstructorParameters != true)
        {
            return [];
        }

        var fields = DeclaredFields(type).Select(field => field.Name).ToHashSet(StringComparer.Ordinal);
        var primary = type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .Select(constructor => constructor.GetParameters())
            .Where(parameters => !(parameters.Length == 1 && parameters[0].ParameterType == type))
            .Select(parameters => parameters.Select(parameter => FieldOf(parameter.Name!, fields)).ToList())
            .Where(names => names.Exists(name => name is not null))
            .MaxBy(names => names.Count);
        return primary?.OfType<string>().ToHashSet(StringComparer.Ordinal) ?? [];
    }

    private static string? FieldOf(string parameter, HashSet<string> fields) =>
        fields.Contains($"<{parameter}>k__BackingField") ? $"<{parameter}>k__BackingField"
        : fields.Contains($"<{parameter}>P") ? $"<{parameter}>P"
        : null;

    private static uint? IdOf(FieldInfo field) =>
        field.GetCustomAttribute<IdAttribute>()?.Id ?? PropertyOf(field)?.GetCustomAttribute<IdAttribute>()?.Id;

    private static PropertyInfo? PropertyOf(FieldInfo field) =>
        field.Name.StartsWith('<') && field.Name.EndsWith(">k__BackingField", StringComparison.Ordinal)
            ? field.DeclaringType!.GetProperty(
                field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)],
                BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
            : null;

    private static IEnumerable<FieldInfo> DeclaredFields(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

    private static FieldInfo[] InstanceFields(Type type) =>
        type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);

    private static bool IsTuple(Type type) => type.IsGenericType && typeof(ITuple).IsAssignableFrom(type);

    private static bool IsMemory(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var definition
        && (definition == typeof(Memory<>) || definition == typeof(ReadOnlyMemory<>));

    private static bool IsContainer(Type type) =>
        type.IsGenericType && type.GetGenericTypeDefinition() is var definition
        && (ExactCopiers.Containers.Contains(definition) || SharedIfElementsAre.Contains(definition));

    private static bool IsCollectionInterface(Type type) =>
        typeof(IEnumerable).IsAssignableFrom(type) && type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true;

    private static string Name(Type type) => type.FullName ?? type.Name;
}
