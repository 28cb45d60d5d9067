namespace OrleansStorage.Testing;

public static class ClusterExtensions
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Repeats a call while the cluster is finding out that a silo is gone: on SiloUnavailableException, another
    /// rejection or a timeout. Gives up after a minute with the last exception.
    /// </summary>
    public static async Task<T> RetryAsync<T>(this ICluster cluster, Func<Task<T>> call)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(call);
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception exception) when (
                exception is OrleansException or TimeoutException && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }
}
