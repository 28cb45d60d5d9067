using Orleans.Serialization.Invocation;

namespace Orleans.Runtime
{
    /// <summary>One activation, as its grain sees it.</summary>
    public interface IGrainContext : ITargetHolder, IEquatable<IGrainContext>
    {
        GrainReference GrainReference { get; }

        GrainId GrainId { get; }

        object? GrainInstance { get; }

        ActivationId ActivationId { get; }

        GrainAddress Address { get; }

        IServiceProvider ActivationServices { get; }

        IGrainLifecycle ObservableLifecycle { get; }

        IWorkItemScheduler Scheduler { get; }

        /// <summary>Completes when the activation has ended.</summary>
        Task Deactivated { get; }

        void SetComponent<TComponent>(TComponent? value) where TComponent : class;

        void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default);
    }

    public interface IWorkItemScheduler
    {
        void QueueAction(Action action);

        void QueueTask(Task task);
    }

    public interface IGrainContextAccessor
    {
        IGrainContext GrainContext { get; }
    }

    public interface IGrainLifecycle : ILifecycleObservable
    {
    }

    public static class GrainLifecycleStage
    {
        public const int First = int.MinValue;
        public const int SetupState = 1000;
        public const int Activate = 2000;
        public const int Last = int.MaxValue;
    }

    public static class GrainContextComponentExtensions
    {
        public static TComponent? GetComponent<TComponent>(this IGrainContext context) where TComponent : class =>
            (TComponent?)context.GetComponent(typeof(TComponent));
    }
}

namespace Orleans.Serialization.Invocation
{
    public interface ITargetHolder
    {
        object? GetTarget();

        object? GetComponent(Type componentType);
    }
}
