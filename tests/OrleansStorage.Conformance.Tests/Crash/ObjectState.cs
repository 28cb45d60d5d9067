using System.Security.Cryptography;

namespace OrleansStorage.Conformance.Crash;

/// <summary>The content of an object, as far as a comparison needs it.</summary>
internal sealed record ObjectState(long SizeBytes, string Sha256)
{
    public static ObjectState Of(params byte[][] pieces)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in pieces)
        {
            hash.AppendData(piece);
        }

        return new ObjectState(pieces.Sum(piece => (long)piece.Length), Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
    }
}
