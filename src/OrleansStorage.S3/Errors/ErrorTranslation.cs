using Microsoft.AspNetCore.Http;
using OrleansStorage.S3.Store;

namespace OrleansStorage.S3.Errors;

/// <summary>The one place where failures of the store and of the connection become S3 errors.</summary>
internal static class ErrorTranslation
{
    /// <summary>The error to answer with; never <see langword="null"/>. An unknown failure is an InternalError.</summary>
    public static S3Exception Translate(Exception failure) => failure switch
    {
        S3Exception s3 => s3,
        ObjectStoreException store => new S3Exception(Translate(store.Error), inner: store),
        BadHttpRequestException http => Translate(http),
        _ => new S3Exception(S3ErrorCode.InternalError, inner: failure),
    };

    /// <summary>The S3 error of a store error.</summary>
    public static S3ErrorCode Translate(ObjectStoreError error) => error switch
    {
        ObjectStoreError.NoSuchBucket => S3ErrorCode.NoSuchBucket,
        ObjectStoreError.BucketAlreadyExists => S3ErrorCode.BucketAlreadyExists,
        ObjectStoreError.BucketAlreadyOwnedByYou => S3ErrorCode.BucketAlreadyOwnedByYou,
        ObjectStoreError.BucketNotEmpty => S3ErrorCode.BucketNotEmpty,
        ObjectStoreError.NoSuchKey => S3ErrorCode.NoSuchKey,
        ObjectStoreError.NoSuchUpload => S3ErrorCode.NoSuchUpload,
        ObjectStoreError.InvalidPart => S3ErrorCode.InvalidPart,
        ObjectStoreError.PreconditionFailed => S3ErrorCode.PreconditionFailed,
        ObjectStoreError.ConditionalRequestConflict => S3ErrorCode.ConditionalRequestConflict,
        ObjectStoreError.StorageFull => S3ErrorCode.StorageFull,
        ObjectStoreError.Unavailable => S3ErrorCode.SlowDown,
        ObjectStoreError.DataLost => S3ErrorCode.InternalError,
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, "Unknown store error."),
    };

    private static S3Exception Translate(BadHttpRequestException http) => http.StatusCode switch
    {
        StatusCodes.Status408RequestTimeout => Closing(S3ErrorCode.RequestTimeout, http),
        StatusCodes.Status411LengthRequired => Closing(S3ErrorCode.MissingContentLength, http),
        StatusCodes.Status413PayloadTooLarge => Closing(S3ErrorCode.EntityTooLarge, http),
        StatusCodes.Status431RequestHeaderFieldsTooLarge => Closing(S3ErrorCode.RequestHeaderSectionTooLarge, http),
        _ => Closing(S3ErrorCode.IncompleteBody, http),
    };

    private static S3Exception Closing(S3ErrorCode error, Exception inner) =>
        new(error, inner: inner) { ClosesConnection = true };
}
