using System.Reflection;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>What the engine knows of one method of a grain interface.</summary>
internal sealed class GrainMethodModel
{
    public GrainMethodModel(MethodInfo method)
    {
        Method = method;
        InterfaceType = method.DeclaringType!;
        InterfaceName = InterfaceType.FullName!;
        InterfaceId = GrainInterfaceType.Create(InterfaceName);
        IsOneWay = method.ReturnType == typeof(void) || method.IsDefined(typeof(OneWayAttribute));
        IsReadOnly = method.IsDefined(typeof(ReadOnlyAttribute));
        IsAlwaysInterleave = method.IsDefined(typeof(AlwaysInterleaveAttribute));
        ResponseTimeout = method.GetCustomAttribute<ResponseTimeoutAttribute>()?.Timeout;
        Arguments = new FieldInfo?[method.GetParameters().Length];
    }

    public MethodInfo Method { get; }

    public Type InterfaceType { get; }

    public string InterfaceName { get; }

    public GrainInterfaceType InterfaceId { get; }

    public string Name => Method.Name;

    public bool IsOneWay { get; }

    public bool IsReadOnly { get; }

    public bool IsAlwaysInterleave { get; }

    public TimeSpan? ResponseTimeout { get; }

    /// <summary>Field of the generated request for each parameter; null for a CancellationToken.</summary>
    public FieldInfo?[] Arguments { get; }

    public InlinePolicy Inline { get; } = new();
}
