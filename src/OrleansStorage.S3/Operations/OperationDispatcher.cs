using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Errors;
using OrleansStorage.S3.Requests;

namespace OrleansStorage.S3.Operations;

/// <summary>Finds the operation that a request asks for: method, bucket, key, and subresource in the query.</summary>
internal static class OperationDispatcher
{
    /// <summary>Answers a request.</summary>
    /// <exception cref="S3Exception">What the client did wrong, or asks for and is not there.</exception>
    public static ValueTask DispatchAsync(S3Call call)
    {
        var method = call.Http.Request.Method;
        if (call.Bucket.Length == 0)
        {
            return HttpMethods.IsGet(method) && call.Key.Length == 0
                ? ServiceOperations.ListBucketsAsync(call)
                : throw NotAllowed(method);
        }

        S3Call.CheckKeyLength(call.Key);
        if (call.Query.Count > 0 && BucketConfigurations.Find(call.Query, call.Key.Length > 0) is { } configuration)
        {
            return BucketConfigurations.AnswerAsync(call, configuration, method);
        }

        return call.Key.Length == 0 ? DispatchBucketAsync(call, method) : DispatchObjectAsync(call, method);
    }

    private static ValueTask DispatchBucketAsync(S3Call call, string method)
    {
        var query = call.Query;
        if (HttpMethods.IsGet(method))
        {
            return query.Has("location") ? BucketOperations.GetLocationAsync(call)
                : query.Has("acl") ? AclOperations.GetAsync(call)
                : query.Has("uploads") ? UploadListOperations.ListUploadsAsync(call)
                : query.Has("versions") ? ListOperations.ListVersionsAsync(call)
                : query.Find("list-type") is { } version ? ListAsync(call, version)
                : ListOperations.ListV1Async(call);
        }

        if (HttpMethods.IsPut(method))
        {
            return query.Has("acl") ? AclOperations.PutAsync(call) : BucketOperations.CreateAsync(call);
        }

        if (HttpMethods.IsPost(method))
        {
            return query.Has("delete") ? DeleteOperations.DeleteManyAsync(call) : throw S3Exception.Unsupported("POST Object");
        }

        return HttpMethods.IsHead(method) ? BucketOperations.HeadAsync(call)
            : HttpMethods.IsDelete(method) ? BucketOperations.DeleteAsync(call)
            : throw NotAllowed(method);
    }

    private static ValueTask ListAsync(S3Call call, string version) => version == "2"
        ? ListOperations.ListV2Async(call)
        : throw S3Exception.Argument("list-type", version, "Invalid List Type");

    private static ValueTask DispatchObjectAsync(S3Call call, string method)
    {
        var query = call.Query;
        if (HttpMethods.IsGet(method))
        {
            return query.Count == 0 ? GetObjectOperation.GetAsync(call)
                : query.Has("uploadId") ? UploadListOperations.ListPartsAsync(call)
                : query.Has("acl") ? AclOperations.GetAsync(call)
                : query.Has("attributes") ? AttributesOperation.GetAsync(call)
                : GetObjectOperation.GetAsync(call);
        }

        if (HttpMethods.IsHead(method))
        {
            return GetObjectOperation.HeadAsync(call);
        }

        if (HttpMethods.IsPut(method))
        {
            return DispatchPutAsync(call);
        }

        if (HttpMethods.IsPost(method))
        {
            return query.Has("uploads") ? MultipartOperations.CreateAsync(call)
                : query.Has("uploadId") ? CompleteUploadOperation.CompleteAsync(call)
                : throw NotAllowed(method);
        }

        if (HttpMethods.IsDelete(method))
        {
            return query.Has("uploadId") ? MultipartOperations.AbortAsync(call) : DeleteOperations.DeleteAsync(call);
        }

        throw NotAllowed(method);
    }

    private static ValueTask DispatchPutAsync(S3Call call)
    {
        var isCopy = call.Headers.ContainsKey("x-amz-copy-source");
        if (call.Query.Has("uploadId") || call.Query.Has("partNumber"))
        {
            return isCopy ? CopyOperations.CopyPartAsync(call) : MultipartOperations.UploadPartAsync(call);
        }

        return call.Query.Has("acl") ? AclOperations.PutAsync(call)
            : isCopy ? CopyOperations.CopyObjectAsync(call)
            : PutObjectOperation.PutAsync(call);
    }

    private static S3Exception NotAllowed(string method) =>
        new(S3ErrorCode.MethodNotAllowed) { Details = [new("Method", method)] };
}
