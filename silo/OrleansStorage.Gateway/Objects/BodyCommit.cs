namespace OrleansStorage.Gateway.Objects;

/// <summary>Ends a body's write session as its commit ended.</summary>
internal static class BodyCommit
{
    /// <summary>
    /// Done: the blobs stay. Failed: they go when the body is disposed. Unknown: the sweeper finds out.
    /// </summary>
    public static async ValueTask<T> RunAsync<T>(BlobBody body, Func<ValueTask<T>> commit)
    {
        try
        {
            var result = await commit();
            body.Keep();
            return result;
        }
        catch (OutcomeUnknownException e)
        {
            body.LeaveToSweeper();
            throw StoreErrors.Unavailable(e);
        }
    }
}
