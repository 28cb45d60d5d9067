using System.Collections.Concurrent;
using Orleans.Activations;
using Orleans.Calls;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Cluster;

/// <summary>The grain classes of an application, by grain type and by interface.</summary>
internal sealed class GrainTypeMap
{
    private static readonly ConcurrentDictionary<Type, GrainTypeModel> Models = new();

    private readonly Dictionary<GrainType, GrainTypeModel> _byType = [];
    private readonly ConcurrentDictionary<(Type Interface, string? Prefix), GrainType> _resolved = new();

    /// <exception cref="OrleansConfigurationException">Something in it could not run on real Orleans.</exception>
    public GrainTypeMap(GrainTypeOptions options)
    {
        var problems = options.Interfaces.OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(GrainInterfaceModel.FindProblems).ToList();
        problems.AddRange(options.Classes.Where(type => type.ContainsGenericParameters)
            .Select(type => $"{type}: generic grain classes are not supported by the embedded engine."));
        if (problems.Count > 0)
        {
            throw new OrleansConfigurationException(string.Join(Environment.NewLine, problems));
        }

        foreach (var grainClass in options.Classes)
        {
            var model = Models.GetOrAdd(grainClass, static type => new GrainTypeModel(type));
            if (!_byType.TryAdd(model.Id, model))
            {
                throw new OrleansConfigurationException(
                    $"{grainClass.FullName} and {_byType[model.Id].Class.FullName} have the same grain type \"{model.Id}\".");
            }
        }
    }

    /// <exception cref="OrleansConfigurationException">A class is to be collected sooner than the silo looks.</exception>
    public void CheckAgeLimits(TimeSpan collectionQuantum)
    {
        var tooShort = _byType.Values.FirstOrDefault(
            model => model.AgeLimit is { } limit && limit != Timeout.InfiniteTimeSpan && limit <= collectionQuantum);
        if (tooShort is not null)
        {
            throw new OrleansConfigurationException(
                $"{tooShort.Class.FullName} CollectionAgeLimit is set to {tooShort.AgeLimit}. CollectionAgeLimit must be greater than CollectionQuantum, which is set to {collectionQuantum}");
        }
    }

    public bool Contains(GrainType type) => _byType.ContainsKey(type);

    public GrainTypeModel Get(GrainType type) =>
        _byType.TryGetValue(type, out var model) ? model : throw new ArgumentException($"Could not find an implementation for grain type {type}.");

    /// <summary>The grain type that a call through the interface means.</summary>
    public GrainType Resolve(Type interfaceType, string? classNamePrefix) =>
        _resolved.GetOrAdd((interfaceType, classNamePrefix), static (key, map) => map.Find(key.Interface, key.Prefix), this);

    private GrainType Find(Type interfaceType, string? prefix)
    {
        var candidates = _byType.Values.Where(model => interfaceType.IsAssignableFrom(model.Class)).ToList();
        if (!string.IsNullOrWhiteSpace(prefix))
        {
            candidates = [.. candidates.Where(model => model.Class.FullName!.StartsWith(prefix, StringComparison.Ordinal))];
        }

        if (candidates.Count > 1)
        {
            // By convention FooGrain or Foo is the implementation of IFooGrain or IFoo.
            var byConvention = candidates.Where(model => IsConventional(interfaceType.Name, model.Class.Name)).ToList();
            candidates = byConvention.Count == 1 ? byConvention : candidates;
        }

        return candidates.Count switch
        {
            1 => candidates[0].Id,
            0 => throw new ArgumentException($"Could not find an implementation for interface {interfaceType.FullName}"),
            _ => throw new ArgumentException(
                $"Unable to identify a single appropriate grain type for interface {interfaceType.FullName}. Candidates: {string.Join(", ", candidates.Select(model => model.Class.FullName))}"),
        };
    }

    private static bool IsConventional(string interfaceName, string className) =>
        interfaceName.Length > 1 && (interfaceName[1..] == className || interfaceName[1..] + "Grain" == className);
}
