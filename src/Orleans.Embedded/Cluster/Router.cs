using Orleans.Calls;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace Orleans.Cluster;

/// <summary>Finds or chooses the silo of a grain and sends the request there.</summary>
internal static class Router
{
    // A request that is sent on so often chases a grain that cannot stay anywhere.
    private const int MaxForwards = 16;

    public static void Route(GrainRequest request, RuntimeNode from)
    {
        try
        {
            if (!from.IsKilled)
            {
                Find(request, from);
            }
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
    }

    /// <summary>Sends a request on from a silo where its grain is no longer.</summary>
    public static void Forward(GrainRequest request, SiloRuntime silo)
    {
        if (++request.ForwardCount > MaxForwards)
        {
            Fail(request, new OrleansMessageRejectionException(
                $"Forwarding failed: {request.Model.InterfaceName}.{request.Model.Name} to {request.Target} was forwarded {MaxForwards} times."));
            return;
        }

        Route(request, silo);
    }

    private static void Find(GrainRequest request, RuntimeNode from)
    {
        var fabric = from.Fabric;
        if (LocalObject.IsObserver(request.Target))
        {
            SendToObserver(request, from);
            return;
        }

        var model = from.GrainTypes.Get(request.Target.Type);
        if (model.Strategy.IsUsingGrainDirectory)
        {
            // A silo trusts its own activations, also when the cluster has given it up meanwhile.
            if (from is SiloRuntime local && local.HasActivation(request.Target))
            {
                SendTo(local, request, from);
                return;
            }

            if (fabric.Directory.TryGetValue(request.Target, out var activation))
            {
                SendTo(activation.Silo, request, from);
                return;
            }
        }

        var gateway = from.GatewayFor(request.Target);
        var target = new PlacementTarget(request.Target, request.RequestContextData!, request.Model.InterfaceId, 0);
        var placement = gateway.DirectorOf(model.Strategy).OnAddActivation(model.Strategy, target, gateway);
        if (placement.IsCompletedSuccessfully)
        {
            SendPlaced(placement.Result, request, from);
        }
        else
        {
            _ = SendLaterAsync(placement, request, from);
        }
    }

    private static async Task SendLaterAsync(Task<SiloAddress> placement, GrainRequest request, RuntimeNode from)
    {
        try
        {
            SendPlaced(await placement, request, from);
        }
        catch (Exception exception)
        {
            Fail(request, exception);
        }
    }

    private static void SendPlaced(SiloAddress address, GrainRequest request, RuntimeNode from)
    {
        var silo = from.Fabric.FindSilo(address) ?? throw new SiloUnavailableException($"Placement chose {address}, which is not in the cluster.");
        request.IsPlaced = true;
        SendTo(silo, request, from);
    }

    private static void SendTo(SiloRuntime silo, GrainRequest request, RuntimeNode from)
    {
        request.TargetSilo = silo;
        if (from.Fabric.IsDirect)
        {
            silo.Receive(request);
        }
        else
        {
            from.Fabric.Send(from, silo, () => silo.Receive(request));
        }
    }

    private static void SendToObserver(GrainRequest request, RuntimeNode from)
    {
        if (from.Fabric.Observers.TryGetValue(request.Target, out var observer))
        {
            request.TargetSilo = observer.Node.Silo;
            from.Fabric.Send(from, observer.Node, () => observer.Receive(request));
        }
        else
        {
            from.LogDropped(request);
        }
    }

    private static void Fail(GrainRequest request, Exception exception)
    {
        if (request.IsOneWay)
        {
            request.Sender.LogOneWayFailure(request, exception);
        }
        else
        {
            request.TryFail(exception);
        }
    }
}
