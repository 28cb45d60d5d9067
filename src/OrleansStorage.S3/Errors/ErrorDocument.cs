using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Xml;

namespace OrleansStorage.S3.Errors;

/// <summary>Writes errors as S3 does. Spec: Amazon S3 API Reference, "REST error responses".</summary>
internal static class ErrorDocument
{
    /// <summary>The header of the request's id.</summary>
    public const string RequestIdHeader = "x-amz-request-id";

    /// <summary>The header of the host's id.</summary>
    public const string HostIdHeader = "x-amz-id-2";

    /// <summary>Answers with an error, when nothing was answered yet; else ends the connection.</summary>
    public static async ValueTask RespondAsync(HttpContext http, S3Exception error)
    {
        var response = http.Response;
        if (response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return;
        }

        var requestId = response.Headers[RequestIdHeader];
        var hostId = response.Headers[HostIdHeader];
        response.Clear();
        response.Headers[RequestIdHeader] = requestId;
        response.Headers[HostIdHeader] = hostId;
        response.StatusCode = error.Error.Status;
        if (error.ClosesConnection || http.Request.Headers.Expect.Count > 0)
        {
            // A client that waited for 100 may go on with its next request where the body would be.
            response.Headers.Connection = "close";
        }

        using var document = Write(http, error);
        response.ContentType = "application/xml";
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            response.ContentLength = document.Written.Length;
            await response.BodyWriter.WriteAsync(document.Written, http.RequestAborted);
        }
    }

    /// <summary>The document. The caller disposes it.</summary>
    public static S3XmlWriter Write(HttpContext http, S3Exception error)
    {
        var document = new S3XmlWriter();
        document.StartDocument("Error"u8, withNamespace: false);
        document.Element("Code"u8, error.Error.Code);
        document.Element("Message"u8, error.Message);
        foreach (var (name, text) in error.Details)
        {
            // An error that cannot be parsed would say nothing.
            document.Element(
                Encoding.ASCII.GetBytes(name),
                S3XmlWriter.CanSay(text) ? text : PercentEncoding.Encode(text, keepSlash: true));
        }

        document.Element("Resource"u8, Resource(http));
        document.Element("RequestId"u8, http.Response.Headers[RequestIdHeader].ToString());
        document.Element("HostId"u8, http.Response.Headers[HostIdHeader].ToString());
        document.End("Error"u8);
        return document;
    }

    private static ReadOnlySpan<char> Resource(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var question = target.IndexOf('?');
        return question < 0 ? target : target[..question];
    }
}
