using Orleans.Activations;
using Orleans.Calls;
using Orleans.Runtime;

namespace Orleans.Cluster;

/// <summary>The activations of one stateless worker on one silo: a request goes to an idle one, a new one or the least busy.</summary>
internal sealed class StatelessWorkers(SiloRuntime silo, GrainTypeModel model, GrainId grainId)
{
    private readonly Lock _gate = new();
    private readonly List<ActivationData> _activations = [];
    private readonly int _maxCount = ((StatelessWorkerPlacement)model.Strategy).MaxLocal;

    public GrainTypeModel Model => model;

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _activations.Count;
            }
        }
    }

    public ActivationData[] ToArray()
    {
        lock (_gate)
        {
            return [.. _activations];
        }
    }

    public void Receive(GrainRequest request)
    {
        lock (_gate)
        {
            _activations.RemoveAll(activation => activation.State >= ActivationState.Deactivating);
            var leastBusy = _activations.MinBy(activation => activation.Load);
            if (leastBusy is null || (leastBusy.Load > 0 && _activations.Count < _maxCount))
            {
                leastBusy = silo.CreateActivation(model, grainId);
                leastBusy.OnEnded = Remove;
                _activations.Add(leastBusy);
                leastBusy.Start();
            }

            if (!leastBusy.TryReceive(request))
            {
                Router.Forward(request, silo);
            }
        }
    }

    private void Remove(ActivationData activation)
    {
        lock (_gate)
        {
            _activations.Remove(activation);
        }
    }
}
