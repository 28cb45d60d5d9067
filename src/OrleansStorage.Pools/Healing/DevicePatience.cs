using OrleansStorage.Devices;

namespace OrleansStorage.Pools.Healing;

/// <summary>Waits for calls to devices, but not for ever. A call that is given up goes on; what it reads or fills is its own then.</summary>
internal sealed class DevicePatience(TimeSpan limit, TimeProvider time)
{
    /// <summary>Whether an exception means that a device could not do what it was asked.</summary>
    public static bool IsTrouble(Exception e) => e is IOException or ObjectDisposedException or TimeoutException;

    /// <exception cref="TimeoutException">It takes too long.</exception>
    public async ValueTask<T> WaitAsync<T>(ValueTask<T> call) =>
        call.IsCompleted ? await call : await call.AsTask().WaitAsync(limit, time);

    /// <exception cref="TimeoutException">It takes too long.</exception>
    public async ValueTask WaitAsync(ValueTask call)
    {
        if (call.IsCompleted)
        {
            await call;
        }
        else
        {
            await call.AsTask().WaitAsync(limit, time);
        }
    }

    /// <summary>Asks for the length of a fragment; null when the device does not have it.</summary>
    public ValueTask<int?> FindAsync(IDevice device, Devices.Fragments.FragmentId id, CancellationToken cancellationToken) =>
        WaitAsync(device.FindFragmentAsync(id, cancellationToken));
}
