using System.Collections.Concurrent;
using System.Reflection;
using Orleans.Cluster;
using Orleans.Messages;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>A grain or observer interface: its methods and the generated class of its references.</summary>
internal sealed class GrainInterfaceModel
{
    private static readonly ConcurrentDictionary<Type, GrainInterfaceModel> Models = new();

    private readonly Lazy<Func<RuntimeNode, GrainInterfaceModel, GrainId, GrainReference>> _create;

    private GrainInterfaceModel(Type type)
    {
        Type = type;
        Name = type.FullName!;
        Id = GrainInterfaceType.Create(Name);
        _create = new(() =>
        {
            if (FindProblems(type).FirstOrDefault() is { } problem)
            {
                throw new OrleansConfigurationException(problem);
            }

            return ReferenceEmitter.Emit(type);
        });
    }

    public Type Type { get; }

    public string Name { get; }

    public GrainInterfaceType Id { get; }

    public static GrainInterfaceModel Get(Type type) => Models.GetOrAdd(type, static type => new GrainInterfaceModel(type));

    public GrainReference CreateReference(RuntimeNode node, GrainId grainId) => _create.Value(node, this, grainId);

    /// <summary>The remotable methods, inherited ones included.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type type) =>
        type.GetInterfaces().Append(type)
            .Where(candidate => typeof(IAddressable).IsAssignableFrom(candidate))
            .SelectMany(candidate => candidate.GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));

    /// <summary>Why real Orleans could not offer this interface; empty when it could.</summary>
    public static IEnumerable<string> FindProblems(Type type)
    {
        if (type.ContainsGenericParameters || type.IsGenericType)
        {
            yield return $"{type}: generic grain interfaces are not supported by the embedded engine.";
            yield break;
        }

        foreach (var method in MethodsOf(type))
        {
            if (FindProblem(method) is { } problem)
            {
                yield return $"{type.FullName}.{method.Name}: {problem}.";
            }
        }
    }

    private static string? FindProblem(MethodInfo method)
    {
        if (method.IsSpecialName)
        {
            return "grain interfaces have no properties or events";
        }

        if (!method.IsAbstract)
        {
            return "grain interfaces have no methods with a body";
        }

        if (method.IsGenericMethod)
        {
            return "generic methods are not supported by the embedded engine";
        }

        if (ResultOf(method.ReturnType) is not { } result)
        {
            return $"returns {method.ReturnType}, not Task, ValueTask or void";
        }

        foreach (var parameter in method.GetParameters())
        {
            if (MessageTypes.FindProblem(parameter.ParameterType) is { } problem)
            {
                return $"parameter {parameter.Name} cannot be sent: {problem}";
            }
        }

        return MessageTypes.FindProblem(result) is { } resultProblem ? $"the result cannot be sent: {resultProblem}" : null;
    }

    /// <summary>The result type of a grain method; void for none, null when the return type is not allowed.</summary>
    public static Type? ResultOf(Type returnType)
    {
        if (returnType == typeof(void) || returnType == typeof(Task) || returnType == typeof(ValueTask))
        {
            return typeof(void);
        }

        return returnType.IsGenericType
            && (returnType.GetGenericTypeDefinition() == typeof(Task<>) || returnType.GetGenericTypeDefinition() == typeof(ValueTask<>))
            ? returnType.GetGenericArguments()[0]
            : null;
    }
}
