using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>Makes instances of a grain class: services from the activation's scope, states from their storages.</summary>
internal sealed class GrainConstructor
{
    private readonly Lazy<(ConstructorInvoker Invoker, Func<ActivationData, object?>[] Arguments)> _plan;

    public GrainConstructor(Type grainClass) => _plan = new(() => Plan(grainClass));

    public object Create(ActivationData activation)
    {
        var (invoker, plan) = _plan.Value;
        var arguments = new object?[plan.Length];
        for (var index = 0; index < plan.Length; index++)
        {
            arguments[index] = plan[index](activation);
        }

        try
        {
            return invoker.Invoke(arguments.AsSpan());
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException(
                $"Failed to create an instance of grain type '{activation.Model.Class}'. See InnerException for details.", exception);
        }
    }

    private static (ConstructorInvoker Invoker, Func<ActivationData, object?>[] Arguments) Plan(Type grainClass)
    {
        var constructors = grainClass.GetConstructors();
        var constructor = Array.Find(constructors, candidate => candidate.IsDefined(typeof(ActivatorUtilitiesConstructorAttribute)))
            ?? constructors.MaxBy(candidate => candidate.GetParameters().Length)
            ?? throw new OrleansConfigurationException($"{grainClass.FullName} has no public constructor.");
        return (ConstructorInvoker.Create(constructor), [.. constructor.GetParameters().Select(ArgumentOf)]);
    }

    private static Func<ActivationData, object?> ArgumentOf(ParameterInfo parameter)
    {
        var type = parameter.ParameterType;
        if (parameter.GetCustomAttribute<PersistentStateAttribute>() is { } state)
        {
            if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(IPersistentState<>))
            {
                throw new OrleansConfigurationException(
                    $"{parameter.Member.DeclaringType}: [PersistentState] parameter {parameter.Name} is not an IPersistentState<T>.");
            }

            var create = typeof(PersistentStates).GetMethod(nameof(PersistentStates.Create))!.MakeGenericMethod(type.GetGenericArguments())
                .CreateDelegate<Func<ActivationData, PersistentStateAttribute, object>>();
            return activation => create(activation, state);
        }

        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { } keyed)
        {
            return activation => activation.ActivationServices.GetRequiredKeyedService(type, keyed.Key);
        }

        if (parameter.HasDefaultValue)
        {
            return activation => activation.ActivationServices.GetService(type) ?? parameter.DefaultValue;
        }

        return activation => activation.ActivationServices.GetRequiredService(type);
    }
}
