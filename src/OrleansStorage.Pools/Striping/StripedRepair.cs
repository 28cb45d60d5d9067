using OrleansStorage.Erasure;

namespace OrleansStorage.Pools.Striping;

/// <summary>Makes fragments of a striped blob anew: reads n others whole, once, and replaces those that are wanted.</summary>
internal sealed class StripedRepair(BlobCall call, ReedSolomonCodec codec, int[] targets, int fragmentBytes)
{
    /// <returns>Whether it was done; false when the blob is gone.</returns>
    public async ValueTask<bool> RunAsync()
    {
        if (targets.Length == 0)
        {
            return true;
        }

        var others = Enumerable.Range(0, codec.FragmentCount).Except(targets).ToArray();
        var candidates = call.Access.InOrder(call.Group, others);
        var gather = new FragmentGather(call, codec.DataCount, 0, fragmentBytes, [], candidates);
        var made = new List<PageBuffer>();
        try
        {
            if (await gather.RunAsync())
            {
                await ReplaceAsync(gather, made);
                return true;
            }

            return call.IsGone(others, codec.ParityCount) ? false : throw call.Failure(others, codec.ParityCount);
        }
        finally
        {
            gather.Release();
            made.ForEach(call.Access.Buffers.Return);
        }
    }

    private async ValueTask ReplaceAsync(FragmentGather gather, List<PageBuffer> made)
    {
        var sources = gather.Good.ToArray();
        foreach (var target in targets)
        {
            made.Add(call.Access.Buffers.Rent(fragmentBytes));
        }

        codec.Reconstruct(
            Array.ConvertAll(sources, read => read.Slot),
            Array.ConvertAll(sources, read => (ReadOnlyMemory<byte>)read.Range(0, fragmentBytes)),
            targets,
            [.. made.Select(buffer => buffer.Take(fragmentBytes))]);
        gather.Release();

        // A damaged one is deleted only now: until here it may be the last that is partly readable.
        var writes = targets.Select((slot, i) => call.Access.ReplaceAsync(
            call.Group, call.Blob, slot, made[i].Take(fragmentBytes)));
        FragmentAccess.Failures(await Task.WhenAll(writes)).ThrowFirst();
    }
}
