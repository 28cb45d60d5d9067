using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Operations;
using OrleansStorage.S3.Requests;
using OrleansStorage.S3.Signing;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3;

/// <summary>
/// The S3 protocol over an object store: <c>app.Run(handler.HandleAsync)</c>. Answers every request it is given.
/// </summary>
/// <remarks>
/// One instance serves any number of requests at once. Every request is signed (Signature V4) or refused; a bucket
/// answers its owner only. Errors are S3's own, with <c>x-amz-request-id</c> on every answer; a failure that is no
/// expected one is logged under that id.
/// </remarks>
public sealed partial class S3RequestHandler
{
    private readonly IObjectStore _store;
    private readonly IMd5Engine _md5;
    private readonly S3Options _options;
    private readonly ILogger _logger;
    private readonly SignatureVerifier _verifier;
    private readonly RequestIds _requestIds = new();
    private readonly string _hostId = Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));

    /// <summary>A front end.</summary>
    /// <param name="store">Holds buckets and objects.</param>
    /// <param name="credentials">Knows the access keys.</param>
    /// <param name="options">Settings; not changed afterwards.</param>
    /// <param name="md5">Makes the MD5s of bodies; stays the caller's.</param>
    /// <param name="logger">Takes unexpected failures.</param>
    public S3RequestHandler(
        IObjectStore store, ICredentialStore credentials, S3Options options, IMd5Engine md5, ILogger<S3RequestHandler> logger)
    {
        _store = store;
        _md5 = md5;
        _options = options;
        _logger = logger;
        _verifier = new SignatureVerifier(credentials, options);
    }

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext http)
    {
        var requestId = _requestIds.Next();
        http.Response.Headers[ErrorDocument.RequestIdHeader] = requestId;
        http.Response.Headers[ErrorDocument.HostIdHeader] = _hostId;
        CloseUnlessContinued(http);
        try
        {
            await AnswerAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to be answered.
        }
        catch (ConnectionResetException)
        {
            // Likewise.
        }
        catch (ReaderGoneException)
        {
            // Likewise, but Kestrel has yet to say so.
            http.Abort();
        }
        catch (Exception failure)
        {
            var error = ErrorTranslation.Translate(failure);
            if (error.Error.Status >= StatusCodes.Status500InternalServerError && error.Error != S3ErrorCode.NotImplemented)
            {
                LogFailure(requestId, http.Request.Method, error.Error.Code, failure);
            }

            if (!http.RequestAborted.IsCancellationRequested)
            {
                await ErrorDocument.RespondAsync(http, error);
            }
        }
    }

    private async ValueTask AnswerAsync(HttpContext http)
    {
        var request = http.Request;
        var rawTarget = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var target = RequestTarget.Parse(rawTarget, request.Headers.Host.ToString(), _options.BaseDomains);
        if (HttpMethods.IsOptions(request.Method))
        {
            throw RefusePreflight(request.Headers);
        }

        if (HttpMethods.IsPost(request.Method) && IsFormUpload(request))
        {
            throw S3Exception.Unsupported("POST Object");
        }

        var authentication = await _verifier.VerifyAsync(request.Method, target, request.Headers, http.RequestAborted);
        UnsupportedHeaders.Check(request.Headers);
        await OperationDispatcher.DispatchAsync(new S3Call(http, target, authentication, _store, _md5, _options));
    }

    /// <summary>
    /// An empty body is never continued, and botocore misreads the next answer on a connection that answered
    /// `Expect: 100-continue` without `100 Continue`: such an answer ends the connection, as every refusal does.
    /// </summary>
    private static void CloseUnlessContinued(HttpContext http)
    {
        if (http.Request.Headers.Expect.Count > 0 && http.Request.ContentLength == 0)
        {
            http.Response.Headers.Connection = "close";
        }
    }

    /// <summary>A preflight is never signed. No bucket has a CORS configuration, so each is refused; but how, tells what it was.</summary>
    private static S3Exception RefusePreflight(IHeaderDictionary headers) =>
        headers.Origin.Count == 0
            ? new S3Exception(S3ErrorCode.BadRequest, "Insufficient information. Origin request header needed.")
        : headers.AccessControlRequestMethod.Count == 0
            ? new S3Exception(S3ErrorCode.BadRequest, "Invalid Access-Control-Request-Method: null")
        : new S3Exception(S3ErrorCode.AccessForbidden);

    /// <summary>A browser's form; other clients call any POST `application/x-www-form-urlencoded`.</summary>
    private static bool IsFormUpload(HttpRequest request) =>
        request.ContentType?.StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true;

    [LoggerMessage(EventId = 3001, Level = LogLevel.Error, Message = "Request {RequestId} ({Method}) failed with {Code}.")]
    private partial void LogFailure(string requestId, string method, string code, Exception failure);
}
