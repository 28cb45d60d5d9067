using System.Globalization;
using Orleans.Cluster;
using Orleans.Messages;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>States in the memory of the cluster. Every write needs the ETag that the state was read with.</summary>
/// <remarks>As in Orleans, memory storages of different names share their records: give the states different names.</remarks>
internal sealed class MemoryGrainStorage(ClusterFabric fabric) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (fabric.Memory.TryGetValue((stateName, grainId), out var record))
        {
            grainState.State = Copier<T>.Copy((T)record.State!);
            grainState.ETag = record.ETag;
            grainState.RecordExists = true;
        }
        else
        {
            Clear(grainState);
        }

        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        (string ETag, object? State) next = (NextETag(grainState.ETag), Copier<T>.Copy(grainState.State!));
        var isWritten = fabric.Memory.TryGetValue(key, out var current)
            ? current.ETag == grainState.ETag && fabric.Memory.TryUpdate(key, next, current)
            : grainState.ETag is null && fabric.Memory.TryAdd(key, next);
        if (!isWritten)
        {
            return Task.FromException(Conflict(key, grainState.ETag));
        }

        grainState.ETag = next.ETag;
        grainState.RecordExists = true;
        return Task.CompletedTask;
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var key = (stateName, grainId);
        if (fabric.Memory.TryGetValue(key, out var current)
            && !(current.ETag == grainState.ETag && fabric.Memory.TryRemove(KeyValuePair.Create(key, current))))
        {
            return Task.FromException(Conflict(key, grainState.ETag));
        }

        Clear(grainState);
        return Task.CompletedTask;
    }

    private static void Clear<T>(IGrainState<T> grainState)
    {
        grainState.State = Activator.CreateInstance<T>();
        grainState.ETag = null;
        grainState.RecordExists = false;
    }

    private static string NextETag(string? current) =>
        (current is null ? 1 : long.Parse(current, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);

    private InconsistentStateException Conflict((string State, GrainId Grain) key, string? expected) =>
        new($"The stored version of {key.State} of {key.Grain} is not the one that was read.", fabric.Memory.TryGetValue(key, out var stored) ? stored.ETag : null, expected);
}
