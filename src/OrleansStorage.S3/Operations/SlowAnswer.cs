using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Operations;

/// <summary>Answers of operations that may take long: white space keeps the client waiting.</summary>
/// <remarks>
/// Good when the work ends within the first interval: a plain answer with the right status. Otherwise the status is
/// 200, and a failure is an error document in the body, as S3 documents for CompleteMultipartUpload and CopyObject.
/// </remarks>
internal static class SlowAnswer
{
    private static readonly byte[] Declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"u8.ToArray();
    private static readonly byte[] Space = " "u8.ToArray();

    /// <summary>Does the work and answers with the document it makes.</summary>
    public static async ValueTask RespondAsync(S3Call call, Func<CancellationToken, ValueTask<S3XmlWriter>> work)
    {
        var pending = work(call.Aborted).AsTask();
        var isStarted = false;
        while (!pending.IsCompleted)
        {
            var tick = Task.Delay(call.Options.KeepAliveInterval, call.Options.TimeProvider, call.Aborted);
            if (await Task.WhenAny(pending, tick) == pending)
            {
                break;
            }

            if (!call.Aborted.IsCancellationRequested)
            {
                await WriteAsync(call, isStarted ? Space : Declaration);
                isStarted = true;
            }
            else
            {
                // The client is gone; the work sees it too, and says how it ended.
                break;
            }
        }

        if (!isStarted)
        {
            using var document = await pending;
            await call.RespondAsync(document);
            return;
        }

        await FinishAsync(call, pending);
    }

    private static async ValueTask FinishAsync(S3Call call, Task<S3XmlWriter> pending)
    {
        S3XmlWriter document;
        try
        {
            document = await pending;
        }
        catch (Exception failure) when (failure is S3Exception or Store.ObjectStoreException)
        {
            document = ErrorDocument.Write(call.Http, ErrorTranslation.Translate(failure));
        }

        using (document)
        {
            await WriteAsync(call, document.Written[Declaration.Length..]);
        }
    }

    private static async ValueTask WriteAsync(S3Call call, ReadOnlyMemory<byte> bytes)
    {
        if (!call.Response.HasStarted)
        {
            call.Response.StatusCode = StatusCodes.Status200OK;
            call.Response.ContentType = "application/xml";
        }

        await call.Response.BodyWriter.WriteAsync(bytes, call.Aborted);
    }
}
