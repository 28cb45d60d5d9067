using System.Text;

namespace OrleansStorage.S3.Requests;

/// <summary>Metadata values that a header cannot carry as they are, as S3 sends them: RFC 2047, UTF-8, Base64.</summary>
internal static class EncodedWord
{
    /// <summary>The value itself when it is printable ASCII, else its encoded form.</summary>
    public static string Encode(string value)
    {
        foreach (var c in value)
        {
            if (c is < ' ' or > '~')
            {
                return $"=?UTF-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(value))}?=";
            }
        }

        return value;
    }
}
