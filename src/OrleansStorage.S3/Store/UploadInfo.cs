namespace OrleansStorage.S3.Store;

/// <summary>What an upload is begun with.</summary>
/// <param name="OwnerId">Canonical id of the initiator.</param>
/// <param name="Headers">System headers and user metadata of the object to be.</param>
/// <param name="ChecksumAlgorithm">The algorithm of its parts, if one was named.</param>
/// <param name="ChecksumType">What the object's checksum will cover.</param>
public sealed record UploadRequest(
    string OwnerId, ObjectHeaders Headers, ChecksumAlgorithm? ChecksumAlgorithm, ChecksumType? ChecksumType);

/// <summary>An unfinished multipart upload.</summary>
/// <param name="Key">The key of the object to be.</param>
/// <param name="UploadId">Opaque, safe in a URL.</param>
/// <param name="InitiatedAt">UTC, to the millisecond.</param>
/// <param name="Request">What it was begun with.</param>
public sealed record UploadInfo(string Key, string UploadId, DateTimeOffset InitiatedAt, UploadRequest Request);

/// <summary>A stored part of an unfinished upload.</summary>
/// <param name="Number">1 to 10,000.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="ETag">Hex MD5, without quotes.</param>
/// <param name="LastModified">UTC, to the millisecond.</param>
/// <param name="Checksum">Its checksum when one was stored.</param>
public sealed record PartInfo(
    int Number, long SizeBytes, string ETag, DateTimeOffset LastModified, ObjectChecksum? Checksum);

/// <summary>Which page of unfinished uploads a listing asks for.</summary>
/// <param name="Prefix">Only keys that begin with this.</param>
/// <param name="Delimiter">Rolls up like in a listing of objects; empty for none.</param>
/// <param name="AfterKey">Only uploads after this key; empty to begin with the first.</param>
/// <param name="AfterUploadId">With <paramref name="AfterKey"/>: also uploads of that very key with a greater id.</param>
/// <param name="Limit">At most this many uploads and common prefixes together, 1 to 1000.</param>
public sealed record UploadQuery(string Prefix, string Delimiter, string AfterKey, string AfterUploadId, int Limit);

/// <summary>One page of unfinished uploads.</summary>
/// <param name="Uploads">By key, then by upload id.</param>
/// <param name="CommonPrefixes">In UTF-8 order.</param>
/// <param name="IsTruncated">There is more.</param>
public sealed record UploadListing(
    IReadOnlyList<UploadInfo> Uploads, IReadOnlyList<string> CommonPrefixes, bool IsTruncated);
