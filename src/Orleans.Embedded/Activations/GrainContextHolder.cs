using Orleans.Runtime;

namespace Orleans.Activations;

/// <summary>Tells the services of an activation's scope which activation it is.</summary>
internal sealed class GrainContextHolder
{
    public IGrainContext? Context { get; set; }
}

internal sealed class GrainContextAccessor : IGrainContextAccessor
{
    public IGrainContext GrainContext => RuntimeContext.Current!;
}
