using System.IO.Pipelines;

namespace OrleansStorage.S3.Store;

/// <summary>One version of one object, open for reading. Ranges may be read in any order, one at a time.</summary>
public interface IObjectReader : IAsyncDisposable
{
    /// <summary>What is known of the version that is open.</summary>
    ObjectInfo Info { get; }

    /// <summary>Writes a range into a pipe; every byte was verified against its stored checksum before.</summary>
    /// <param name="destination">Flushed as it fills; neither completed nor flushed at the end.</param>
    /// <param name="offsetBytes">First byte, 0 or more.</param>
    /// <param name="lengthBytes">Number of bytes; the range lies within the object.</param>
    /// <param name="cancellationToken">Ends the copy early.</param>
    /// <exception cref="ObjectStoreException"><see cref="ObjectStoreError.DataLost"/>.</exception>
    /// <exception cref="ReaderGoneException">A flush said that the reader of the pipe is done.</exception>
    ValueTask CopyToAsync(
        PipeWriter destination, long offsetBytes, long lengthBytes, CancellationToken cancellationToken);

    /// <summary>
    /// Where a part of the object lies; <see langword="null"/> when the object has no part of that number.
    /// An object that was not uploaded in parts has one part, number 1.
    /// </summary>
    ValueTask<ObjectPart?> FindPartAsync(int partNumber, CancellationToken cancellationToken);
}

/// <summary>A part of a finished object.</summary>
/// <param name="Number">1 to 10,000.</param>
/// <param name="OffsetBytes">Where it begins in the object.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="Checksum">Its checksum when one was stored.</param>
public sealed record ObjectPart(int Number, long OffsetBytes, long SizeBytes, ObjectChecksum? Checksum);
