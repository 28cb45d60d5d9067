using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Storage;

namespace Orleans.Activations;

internal static class PersistentStates
{
    public static object Create<TState>(ActivationData activation, PersistentStateAttribute attribute)
    {
        var storage = string.IsNullOrWhiteSpace(attribute.StorageName)
            ? activation.ActivationServices.GetService<IGrainStorage>()
            : activation.ActivationServices.GetKeyedService<IGrainStorage>(attribute.StorageName);
        if (storage is null)
        {
            throw new OrleansConfigurationException(
                $"No {(attribute.StorageName is null ? "default storage" : $"storage named \"{attribute.StorageName}\"")} for {activation.GrainId.Type}.");
        }

        return new PersistentState<TState>(attribute.StateName, activation, storage);
    }

    private sealed class PersistentState<TState> : IPersistentState<TState>, ILifecycleObserver
    {
        private readonly string _name;
        private readonly ActivationData _activation;
        private readonly IGrainStorage _storage;
        private readonly GrainState<TState> _state = new(Activator.CreateInstance<TState>());
        private bool _isRead;

        public PersistentState(string name, ActivationData activation, IGrainStorage storage)
        {
            _name = name;
            _activation = activation;
            _storage = storage;
            activation.ObservableLifecycle.Subscribe(nameof(PersistentState<TState>), GrainLifecycleStage.SetupState, this);
        }

        public TState State
        {
            get => _state.State!;
            set => _state.State = value;
        }

        public string? Etag => _state.ETag;

        public bool RecordExists => _isRead ? _state.RecordExists : throw new InvalidOperationException("State has not yet been loaded");

        public Task ReadStateAsync() => ReadStateAsync(CancellationToken.None);

        public Task WriteStateAsync() => WriteStateAsync(CancellationToken.None);

        public Task ClearStateAsync() => ClearStateAsync(CancellationToken.None);

        public async Task ReadStateAsync(CancellationToken cancellationToken)
        {
            await _storage.ReadStateAsync(_name, _activation.GrainId, _state, cancellationToken);
            _isRead = true;
        }

        public Task WriteStateAsync(CancellationToken cancellationToken) =>
            _storage.WriteStateAsync(_name, _activation.GrainId, _state, cancellationToken);

        public Task ClearStateAsync(CancellationToken cancellationToken) =>
            _storage.ClearStateAsync(_name, _activation.GrainId, _state, cancellationToken);

        public Task OnStart(CancellationToken cancellationToken) => ReadStateAsync(cancellationToken);

        public Task OnStop(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
