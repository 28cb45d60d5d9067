namespace Orleans.Runtime
{
    /// <summary>How a grain without an activation finds its silo; decided by the director registered for its type.</summary>
    public abstract class PlacementStrategy
    {
        /// <summary>Whether activations are in the grain directory, so that there is one for the cluster.</summary>
        public virtual bool IsUsingGrainDirectory => true;
    }

    public sealed class RandomPlacement : PlacementStrategy
    {
    }

    public sealed class PreferLocalPlacement : PlacementStrategy
    {
    }

    public sealed class HashBasedPlacement : PlacementStrategy
    {
    }

    public sealed class ActivationCountBasedPlacement : PlacementStrategy
    {
    }

    public sealed class ResourceOptimizedPlacement : PlacementStrategy
    {
    }

    internal sealed class StatelessWorkerPlacement(int maxLocal) : PlacementStrategy
    {
        public override bool IsUsingGrainDirectory => false;

        public int MaxLocal { get; } = maxLocal > 0 ? maxLocal : Environment.ProcessorCount;
    }
}

namespace Orleans.Placement
{
    using Orleans.Runtime;

    /// <summary>Base of the attributes that give a grain class its <see cref="PlacementStrategy"/>.</summary>
    [AttributeUsage(AttributeTargets.Class)]
    public abstract class PlacementAttribute : Attribute
    {
        protected PlacementAttribute(PlacementStrategy placement)
        {
            ArgumentNullException.ThrowIfNull(placement);
            PlacementStrategy = placement;
        }

        public PlacementStrategy PlacementStrategy { get; }
    }

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class RandomPlacementAttribute() : PlacementAttribute(new RandomPlacement());

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class HashBasedPlacementAttribute() : PlacementAttribute(new HashBasedPlacement());

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class PreferLocalPlacementAttribute() : PlacementAttribute(new PreferLocalPlacement());

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ActivationCountBasedPlacementAttribute() : PlacementAttribute(new ActivationCountBasedPlacement());

    [AttributeUsage(AttributeTargets.Class)]
    public sealed class ResourceOptimizedPlacementAttribute() : PlacementAttribute(new ResourceOptimizedPlacement());
}
