using OrleansStorage.DataChannel.Wire;
using OrleansStorage.Devices.Extents;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.DataChannel.Client;

/// <summary>Cuts long calls into requests: one group each, and no longer than a frame.</summary>
internal static class RequestSplitter
{
    public static IEnumerable<IReadOnlyList<FragmentWrite>> Split(IReadOnlyList<FragmentWrite> fragments)
    {
        foreach (var ofGroup in fragments.GroupBy(fragment => fragment.Id.Blob.Group))
        {
            List<FragmentWrite> part = [];
            var bytes = 0L;
            foreach (var fragment in ofGroup)
            {
                if (part.Count == BodySizes.FragmentsMax || bytes + fragment.Payload.Length > FrameHeader.PayloadBytesMax)
                {
                    yield return part;
                    part = [];
                    bytes = 0;
                }

                part.Add(fragment);
                bytes += fragment.Payload.Length;
            }

            yield return part;
        }
    }

    public static IEnumerable<IReadOnlyList<FragmentId>> Split(IReadOnlyList<FragmentId> ids)
    {
        foreach (var ofGroup in ids.GroupBy(id => id.Blob.Group))
        {
            foreach (var part in ofGroup.Chunk(BodySizes.FragmentsMax))
            {
                yield return part;
            }
        }
    }

    /// <summary>The part with the oldest epoch comes first: when the fence refuses it, none of the others was sent.</summary>
    public static IEnumerable<IReadOnlyList<BlockWrite>> Split(IReadOnlyList<BlockWrite> blocks) =>
        blocks.Count <= BodySizes.BlocksMax
            ? [blocks]
            : blocks.OrderBy(block => block.Version.Epoch).Chunk(BodySizes.BlocksMax);
}
