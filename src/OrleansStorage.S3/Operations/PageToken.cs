using System.Buffers.Text;
using System.Text;
using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Operations;

/// <summary>Continuation tokens: where the next page begins, opaque to clients.</summary>
internal static class PageToken
{
    private const char Version = '1';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The token of a page that ends with this name.</summary>
    public static string Encode(string last) => Version + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(last));

    /// <summary>The last name of the page before.</summary>
    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static string Decode(string token)
    {
        if (token.Length > 1 && token[0] == Version && Base64Url.IsValid(token.AsSpan(1)))
        {
            try
            {
                return StrictUtf8.GetString(Base64Url.DecodeFromChars(token.AsSpan(1)));
            }
            catch (DecoderFallbackException)
            {
                // Falls through: it is not one of ours.
            }
        }

        throw S3Exception.Argument("continuation-token", token, "The continuation token provided is incorrect");
    }
}
