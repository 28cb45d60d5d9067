using System.Buffers;
using OrleansStorage.Devices;
using OrleansStorage.Devices.Fragments;

namespace OrleansStorage.Pools.Healing;

/// <summary>Copies fragments from one device to another.</summary>
internal sealed class FragmentCopier(DevicePatience patience, HealBudget budget, HealFigures figures)
{
    /// <summary>Copies a fragment. One that is damaged is not copied.</summary>
    /// <param name="source">Has it.</param>
    /// <param name="target">Gets it.</param>
    /// <param name="id">Its name.</param>
    /// <param name="sizeBytes">Its length.</param>
    /// <param name="replaces">What the target has of that name is deleted first.</param>
    /// <param name="cancellationToken">Looked at before each call.</param>
    /// <exception cref="DeviceException">A device cannot do it.</exception>
    /// <exception cref="TimeoutException">A device takes too long.</exception>
    public async ValueTask CopyAsync(
        IDevice source, IDevice target, FragmentId id, int sizeBytes, bool replaces, CancellationToken cancellationToken)
    {
        await budget.SpendAsync(2L * sizeBytes, cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(sizeBytes);
        try
        {
            var payload = buffer.AsMemory(0, sizeBytes);
            await patience.WaitAsync(source.ReadFragmentAsync(id, 0, payload, cancellationToken));
            if (replaces)
            {
                await patience.WaitAsync(target.DeleteFragmentsAsync([id], cancellationToken));
            }

            await patience.WaitAsync(target.WriteFragmentAsync(id, payload, CancellationToken.None));
        }
        catch (TimeoutException)
        {
            // The call that goes on may still use the buffer.
            buffer = null;
            throw;
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        figures.Rebuilt(sizeBytes);
    }
}
