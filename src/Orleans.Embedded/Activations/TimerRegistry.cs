using Microsoft.Extensions.Logging;
using Orleans.Calls;
using Orleans.Runtime;
using Orleans.Timers;

namespace Orleans.Activations;

internal sealed class TimerRegistry : ITimerRegistry
{
    public IGrainTimer RegisterGrainTimer<TState>(IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var activation = (ActivationData)grainContext;
        if (!ReferenceEquals(RuntimeContext.Current, grainContext))
        {
            throw new InvalidOperationException("A grain registers its timers in its own turns.");
        }

        var timer = new GrainTimer(activation, token => callback(state, token), options);
        activation.AddTimer(timer);
        return timer;
    }

    /// <summary>A tick is a request of the grain to itself; the next one is due a period after the last one ended.</summary>
    private sealed class GrainTimer : IGrainTimer
    {
        private readonly ActivationData _activation;
        private readonly Func<CancellationToken, Task> _callback;
        private readonly GrainTimerCreationOptions _options;
        private readonly CancellationTokenSource _disposed = new();
        private readonly ITimer _timer;
        private readonly GrainReference _reference;
        private TimeSpan _dueTime;
        private TimeSpan _period;
        private bool _isTicking;
        private bool _isChanged;

        public GrainTimer(ActivationData activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
        {
            Validate(options.DueTime, options.Period);
            _activation = activation;
            _callback = callback;
            _options = options;
            _period = options.Period;
            _reference = activation.GrainReference;
            using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            {
                _timer = activation.Silo.Time.CreateTimer(static state => ((GrainTimer)state!).QueueTick(), this, options.DueTime, Timeout.InfiniteTimeSpan);
            }
        }

        public void Change(TimeSpan dueTime, TimeSpan period)
        {
            Validate(dueTime, period);
            _isChanged = true;
            _dueTime = dueTime;
            _period = period;
            if (!_isTicking && !_disposed.IsCancellationRequested)
            {
                _timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }

        public void Dispose()
        {
            _disposed.Cancel();
            _timer.Dispose();
            _activation.RemoveTimer(this);
        }

        private static void Validate(TimeSpan dueTime, TimeSpan period)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan((long)dueTime.TotalMilliseconds, -1, nameof(dueTime));
            ArgumentOutOfRangeException.ThrowIfLessThan((long)period.TotalMilliseconds, -1, nameof(period));
        }

        private void QueueTick()
        {
            _isTicking = true;
            _activation.TryReceive(new Tick(this, _options) { Reference = _reference, Sender = _activation.Silo });
        }

        private async Task RunAsync()
        {
            _isChanged = false;
            try
            {
                if (!_disposed.IsCancellationRequested)
                {
                    await _callback(_disposed.Token);
                }
            }
            catch (Exception exception)
            {
                _activation.Silo.Logger.LogWarning(exception, "A timer of {Grain} failed.", _activation.GrainId);
            }

            _isTicking = false;
            if (!_disposed.IsCancellationRequested)
            {
                _timer.Change(_isChanged ? _dueTime : _period, Timeout.InfiniteTimeSpan);
            }
        }

        private sealed class Tick(GrainTimer timer, GrainTimerCreationOptions options) : TaskRequest
        {
            private static readonly GrainMethodModel TickModel = new(typeof(IGrainTimerInvoker).GetMethod(nameof(IGrainTimerInvoker.InvokeCallbackAsync))!);

            public override GrainMethodModel Model => TickModel;

            public override bool IsOneWay => true;

            public override bool IsAlwaysInterleave => options.Interleave;

            public override bool IsKeepAlive => options.KeepAlive;

            public override bool IsLocalOnly => true;

            protected override Task Call(object target) => timer.RunAsync();
        }
    }

}

/// <summary>What call filters see of a tick.</summary>
internal interface IGrainTimerInvoker : IAddressable
{
    Task InvokeCallbackAsync();
}
