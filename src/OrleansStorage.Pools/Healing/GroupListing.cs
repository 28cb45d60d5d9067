using OrleansStorage.Devices.Blobs;
using OrleansStorage.Devices.Fragments;
using OrleansStorage.Pools.Striping;

namespace OrleansStorage.Pools.Healing;

/// <summary>A fragment as a device listed it.</summary>
internal readonly record struct ListedFragment(Guid Device, byte Number, int SizeBytes);

/// <summary>A blob with all its fragments, on whatever device.</summary>
internal sealed record ListedBlob(BlobId Id, List<ListedFragment> Fragments);

/// <summary>Merges what devices list of a group, in windows of bounded size.</summary>
internal sealed class GroupListing(
    PoolMembers members, IEnumerable<Guid> devices, StripeGroup group, int pageSize, DevicePatience patience)
{
    // A page of more than one blob, or a blob could fill it and nothing would ever be complete.
    private readonly int _pageSize = Math.Max(pageSize, 2 * (group.Devices.Count + 1));
    private readonly List<Cursor> _cursors = [.. devices.Distinct().Select(id => new Cursor(id))];

    /// <summary>Devices that could not be listed to their end so far.</summary>
    public HashSet<Guid> Silent { get; } = [];

    /// <summary>Devices that have nothing of the group; complete at the end.</summary>
    public IEnumerable<Guid> Empty => _cursors.Where(c => c.IsDone && c.IsEmpty && !Silent.Contains(c.Id)).Select(c => c.Id);

    /// <summary>The next blobs with all their fragments; null at the end.</summary>
    public async ValueTask<IReadOnlyCollection<ListedBlob>?> NextAsync(CancellationToken cancellationToken)
    {
        var fills = _cursors.Where(c => c.NeedsMore).Select(c => FillAsync(c, cancellationToken).AsTask()).ToList();
        foreach (var fill in fills)
        {
            await fill;
        }

        // Behind the last blob that a device said it may have more.
        var open = _cursors.Where(c => !c.IsDone).Select(c => c.Entries[^1].Id.Blob).ToList();
        BlobId? horizon = open.Count > 0 ? open.Min() : null;
        var blobs = new Dictionary<BlobId, ListedBlob>();
        foreach (var cursor in _cursors)
        {
            cursor.TakeBefore(horizon, blobs);
        }

        return blobs.Count == 0 && horizon is null ? null : blobs.Values;
    }

    private async ValueTask FillAsync(Cursor cursor, CancellationToken cancellationToken)
    {
        try
        {
            var device = members.Find(cursor.Id) ?? throw new DeviceGoneException(cursor.Id);
            var after = cursor.Last ?? new FragmentId(new BlobId(group.Id, 0, 0), 0);
            cursor.Add(await patience.WaitAsync(device.ListFragmentsAsync(after, _pageSize, cancellationToken)), group.Id, _pageSize);
        }
        catch (Exception e) when (DevicePatience.IsTrouble(e))
        {
            cursor.Fail();
            Silent.Add(cursor.Id);
        }
    }

    private sealed class Cursor(Guid id)
    {
        public Guid Id { get; } = id;

        public List<FragmentEntry> Entries { get; } = [];

        public FragmentId? Last { get; private set; }

        public bool IsDone { get; private set; }

        public bool IsEmpty => Last is null;

        public bool NeedsMore => !IsDone && (Entries.Count == 0 || Entries[0].Id.Blob == Entries[^1].Id.Blob);

        public void Add(IReadOnlyList<FragmentEntry> page, uint group, int limit)
        {
            foreach (var entry in page)
            {
                if (entry.Id.Blob.Group != group)
                {
                    IsDone = true;
                    return;
                }

                Entries.Add(entry);
                Last = entry.Id;
            }

            IsDone = page.Count < limit;
        }

        public void Fail()
        {
            Entries.Clear();
            IsDone = true;
        }

        public void TakeBefore(BlobId? horizon, Dictionary<BlobId, ListedBlob> blobs)
        {
            var count = horizon is { } end ? Entries.FindIndex(e => e.Id.Blob >= end) : Entries.Count;
            count = count < 0 ? Entries.Count : count;
            foreach (var entry in Entries.Take(count))
            {
                if (!blobs.TryGetValue(entry.Id.Blob, out var blob))
                {
                    blobs[entry.Id.Blob] = blob = new ListedBlob(entry.Id.Blob, []);
                }

                blob.Fragments.Add(new ListedFragment(Id, entry.Id.Number, entry.SizeBytes));
            }

            Entries.RemoveRange(0, count);
        }
    }
}
