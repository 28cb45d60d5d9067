using OrleansStorage.Devices.Files;

namespace OrleansStorage.Devices.Log;

/// <summary>
/// Reads for recovery. What it takes for damage is lost for good, because the log goes on without it; so an error that passes must
/// not be taken for one.
/// </summary>
internal static class PatientReader
{
    private const int Attempts = 5;

    /// <summary>Reads, again and again if need be.</summary>
    /// <returns>How many bytes there were; -1 when the medium cannot read them.</returns>
    public static async ValueTask<int> ReadAsync(ISegmentFile file, long position, Memory<byte> destination)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                return await file.ReadAsync(position, new ReadBuffers(destination));
            }
            catch (IOException)
            {
                // The next attempt may do.
            }
        }

        return -1;
    }
}
