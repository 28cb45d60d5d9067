namespace OrleansStorage.Bench.Pools;

/// <summary>The page cache of the machine.</summary>
internal static class PageCache
{
    private const string DropCaches = "/proc/sys/vm/drop_caches";

    /// <summary>Forgets what was read and is clean, so that the next read comes from the disk.</summary>
    /// <returns>Whether this process may.</returns>
    public static bool TryDrop()
    {
        try
        {
            File.WriteAllText(DropCaches, "1");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
