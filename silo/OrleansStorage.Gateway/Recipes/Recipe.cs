using System.Buffers.Binary;
using OrleansStorage.Devices.Blobs;

namespace OrleansStorage.Gateway.Recipes;

/// <summary>The ordered list of blobs that makes up an object or a part. Immutable.</summary>
/// <remarks>
/// Stored in the metadata, big-endian; the first byte is the version of the format:
/// <code>
///  0  version = 1 (u8)
///  1  blobs, 20 bytes each:   0  blob id (16)   16  length in bytes (u32)
/// </code>
/// </remarks>
public sealed class Recipe
{
    private const byte Version = 1;
    private const int HeaderBytes = 1;
    private const int EntryBytes = BlobId.SizeBytes + sizeof(uint);

    private readonly RecipeBlob[] _blobs;

    private Recipe(RecipeBlob[] blobs, long sizeBytes)
    {
        _blobs = blobs;
        SizeBytes = sizeBytes;
    }

    /// <summary>The blobs in order.</summary>
    public IReadOnlyList<RecipeBlob> Blobs => _blobs;

    /// <summary>Length of all blobs together.</summary>
    public long SizeBytes { get; }

    /// <summary>Encodes blobs in order.</summary>
    /// <returns><see langword="null"/> for no blobs: an empty object has no recipe.</returns>
    public static byte[]? Encode(IReadOnlyList<BlobEntry> blobs)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        if (blobs.Count == 0)
        {
            return null;
        }

        var encoded = new byte[HeaderBytes + (blobs.Count * EntryBytes)];
        encoded[0] = Version;
        var rest = encoded.AsSpan(HeaderBytes);
        foreach (var blob in blobs)
        {
            blob.Id.WriteTo(rest);
            BinaryPrimitives.WriteUInt32BigEndian(rest[BlobId.SizeBytes..], (uint)blob.SizeBytes);
            rest = rest[EntryBytes..];
        }

        return encoded;
    }

    /// <summary>Decodes what <see cref="Encode"/> made; <see langword="null"/> is the empty recipe.</summary>
    /// <exception cref="InvalidDataException">The bytes are no recipe of a version that is known here.</exception>
    public static Recipe Decode(byte[]? encoded)
    {
        if (encoded is null)
        {
            return new Recipe([], 0);
        }

        if (encoded.Length < HeaderBytes || encoded[0] != Version || (encoded.Length - HeaderBytes) % EntryBytes != 0)
        {
            throw new InvalidDataException($"A recipe of {encoded.Length} bytes is not of version {Version}.");
        }

        var blobs = new RecipeBlob[(encoded.Length - HeaderBytes) / EntryBytes];
        var rest = encoded.AsSpan(HeaderBytes);
        long offset = 0;
        for (var i = 0; i < blobs.Length; i++)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest[BlobId.SizeBytes..]);
            blobs[i] = new RecipeBlob(BlobId.Read(rest), offset, checked((int)length));
            offset += length;
            rest = rest[EntryBytes..];
        }

        return new Recipe(blobs, offset);
    }

    /// <summary>Index of the blob that holds a byte.</summary>
    /// <param name="offsetBytes">0 or more, less than <see cref="SizeBytes"/>.</param>
    public int IndexOf(long offsetBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offsetBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offsetBytes, SizeBytes);
        var low = 0;
        var high = _blobs.Length - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (_blobs[middle].OffsetBytes <= offsetBytes)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}

/// <summary>A blob of a recipe.</summary>
/// <param name="Id">The blob.</param>
/// <param name="OffsetBytes">Where it begins in the object.</param>
/// <param name="LengthBytes">Its length.</param>
public readonly record struct RecipeBlob(BlobId Id, long OffsetBytes, int LengthBytes);
