using System.Security.Cryptography;
using System.Text;
using OrleansStorage.S3.Credentials;

namespace OrleansStorage.S3.Signing;

/// <summary>The key that signs for one credential, day and region. Immutable.</summary>
/// <remarks>Spec: AWS Signature Version 4, "Deriving a signing key".</remarks>
internal sealed class SigningKey
{
    private readonly byte[] _key;

    private SigningKey(S3Credential credential, string scope, byte[] key)
    {
        Credential = credential;
        Scope = scope;
        _key = key;
    }

    /// <summary>The credential it was derived from.</summary>
    public S3Credential Credential { get; }

    /// <summary>Day, region, service and terminator.</summary>
    public string Scope { get; }

    /// <summary>Derives a key.</summary>
    /// <param name="credential">Holds the secret.</param>
    /// <param name="scope">Parsed with <see cref="CredentialScope"/>.</param>
    public static SigningKey Derive(S3Credential credential, CredentialScope scope)
    {
        var key = HMACSHA256.HashData(Encoding.UTF8.GetBytes("AWS4" + credential.SecretKey), Utf8(scope.Day));
        key = HMACSHA256.HashData(key, Utf8(scope.Region));
        key = HMACSHA256.HashData(key, "s3"u8);
        key = HMACSHA256.HashData(key, "aws4_request"u8);
        return new SigningKey(credential, scope.Scope.ToString(), key);
    }

    /// <summary>Signs.</summary>
    /// <param name="stringToSign">UTF-8.</param>
    /// <param name="signature">32 bytes are written.</param>
    public void Sign(ReadOnlySpan<byte> stringToSign, Span<byte> signature) =>
        HMACSHA256.HashData(_key, stringToSign, signature);

    private static byte[] Utf8(ReadOnlySpan<char> text)
    {
        var bytes = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
