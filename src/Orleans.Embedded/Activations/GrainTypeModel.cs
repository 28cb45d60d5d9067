using System.Reflection;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Serialization.Invocation;

namespace Orleans.Activations;

/// <summary>What a grain class and its attributes say.</summary>
internal sealed class GrainTypeModel
{
    private readonly Func<object?, IInvokable, bool>? _mayInterleave;

    public GrainTypeModel(Type grainClass)
    {
        Class = grainClass;
        Id = IdOf(grainClass);
        Strategy = grainClass.GetCustomAttribute<PlacementAttribute>()?.PlacementStrategy ?? new RandomPlacement();
        IsReentrant = grainClass.IsDefined(typeof(ReentrantAttribute));
        AgeLimit = AgeLimitOf(grainClass);
        HasOwnFilter = typeof(IIncomingGrainCallFilter).IsAssignableFrom(grainClass);
        Constructor = new GrainConstructor(grainClass);
        _mayInterleave = InterleavePredicateOf(grainClass);
    }

    public Type Class { get; }

    public GrainType Id { get; }

    public PlacementStrategy Strategy { get; }

    public bool IsReentrant { get; }

    /// <summary>Null when the silo's options decide; infinite when the class is never collected.</summary>
    public TimeSpan? AgeLimit { get; }

    public bool HasOwnFilter { get; }

    public GrainConstructor Constructor { get; }

    public bool MayInterleave(object? instance, IInvokable request) =>
        IsReentrant || (_mayInterleave is not null && _mayInterleave(instance, request));

    private static GrainType IdOf(Type grainClass)
    {
        if (grainClass.GetCustomAttribute<GrainTypeAttribute>() is { } attribute)
        {
            return attribute.GrainType;
        }

        const string Suffix = "grain";
#pragma warning disable CA1308 // Orleans' names are lower case.
        var name = grainClass.Name.ToLowerInvariant();
#pragma warning restore CA1308
        return GrainType.Create(
            name.Length > Suffix.Length && name.EndsWith(Suffix, StringComparison.Ordinal) ? name[..^Suffix.Length] : name);
    }

    private static TimeSpan? AgeLimitOf(Type grainClass)
    {
        if (grainClass.IsDefined(typeof(KeepAliveAttribute)))
        {
            return Timeout.InfiniteTimeSpan;
        }

        return grainClass.GetCustomAttribute<CollectionAgeLimitAttribute>() switch
        {
            null => null,
            { AlwaysActive: true } => Timeout.InfiniteTimeSpan,
            { } limit => limit.AgeLimit,
        };
    }

    private static Func<object?, IInvokable, bool>? InterleavePredicateOf(Type grainClass)
    {
        if (grainClass.GetCustomAttribute<MayInterleaveAttribute>() is not { } attribute)
        {
            return null;
        }

        var method = grainClass.GetMethod(
            attribute.CallbackMethodName, BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.FlattenHierarchy);
        if (method?.ReturnType != typeof(bool) || method.GetParameters() is not [{ } parameter] || parameter.ParameterType != typeof(IInvokable))
        {
            throw new OrleansConfigurationException(
                $"{grainClass.FullName} has no public method bool {attribute.CallbackMethodName}(IInvokable), which its [MayInterleave] names.");
        }

        if (method.IsStatic)
        {
            var predicate = method.CreateDelegate<Func<IInvokable, bool>>();
            return (_, request) => predicate(request);
        }

        return (instance, request) => (bool)method.Invoke(instance, [request])!;
    }
}
