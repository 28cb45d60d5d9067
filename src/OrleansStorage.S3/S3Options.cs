namespace OrleansStorage.S3;

/// <summary>Settings of the S3 front end.</summary>
public sealed class S3Options
{
    /// <summary>The region in credential scopes and of every bucket.</summary>
    public string Region { get; set; } = "us-east-1";

    /// <summary>
    /// Host names under which <c>bucket.domain</c> names a bucket, without port. Any other host means path style.
    /// </summary>
    public IReadOnlyList<string> BaseDomains { get; set; } = [];

    /// <summary>How far a request's time may be from ours, either way.</summary>
    public TimeSpan ClockSkewMax { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Most bytes of one PUT or one part.</summary>
    public long PutSizeBytesMax { get; set; } = 5L << 30;

    /// <summary>Most bytes of an object that is completed from parts.</summary>
    public long ObjectSizeBytesMax { get; set; } = 5L << 40;

    /// <summary>Least bytes of every part but the last.</summary>
    public long PartSizeBytesMin { get; set; } = 5L << 20;

    /// <summary>Signing keys kept ready; one per access key, day and region.</summary>
    public int SigningKeyCacheSize { get; set; } = 4096;

    /// <summary>
    /// How long CompleteMultipartUpload and the copies may take before the answer begins with white space, and how
    /// often more of it follows, so that clients do not give up.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The clock of signatures.</summary>
    public TimeProvider TimeProvider { get; set; } = TimeProvider.System;
}
