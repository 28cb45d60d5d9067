using Orleans.Calls;

namespace Orleans.Activations;

/// <summary>Requests that wait for their activation, in order of arrival; any of them can be taken out.</summary>
internal sealed class WaitingRequests
{
    private GrainRequest? _first;
    private GrainRequest? _last;

    public int Count { get; private set; }

    public void Add(GrainRequest request)
    {
        request.NextWaiting = null;
        if (_last is null)
        {
            _first = request;
        }
        else
        {
            _last.NextWaiting = request;
        }

        _last = request;
        Count++;
    }

    /// <summary>Takes out the first request that the condition holds for.</summary>
    public GrainRequest? TakeFirst(Func<GrainRequest, bool> condition)
    {
        GrainRequest? previous = null;
        for (var request = _first; request is not null; previous = request, request = request.NextWaiting)
        {
            if (!condition(request))
            {
                continue;
            }

            if (previous is null)
            {
                _first = request.NextWaiting;
            }
            else
            {
                previous.NextWaiting = request.NextWaiting;
            }

            if (ReferenceEquals(_last, request))
            {
                _last = previous;
            }

            request.NextWaiting = null;
            Count--;
            return request;
        }

        return null;
    }

    /// <summary>Takes out the request at an index when the condition holds for it.</summary>
    public GrainRequest? TakeAt(int index, Func<GrainRequest, bool> condition)
    {
        var position = 0;
        return TakeFirst(request => position++ == index && condition(request));
    }

    public List<GrainRequest> TakeAll()
    {
        var all = new List<GrainRequest>(Count);
        while (TakeFirst(static _ => true) is { } request)
        {
            all.Add(request);
        }

        return all;
    }
}
