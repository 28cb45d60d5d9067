using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using OrleansStorage.Silo.Configuration;

namespace OrleansStorage.Silo.Admin;

/// <summary>Lets the root user into the admin API: HTTP Basic (RFC 7617) with its access and secret key.</summary>
/// <remarks>The listener is on loopback only, so the secret never crosses a network.</remarks>
public sealed class AdminAuthentication
{
    private const string Scheme = "Basic ";
    private readonly byte[] _expected;

    /// <summary>Admits one user.</summary>
    public AdminAuthentication(UserKey root)
    {
        ArgumentNullException.ThrowIfNull(root);
        _expected = Digest(Encoding.UTF8.GetBytes($"{root.AccessKey}:{root.SecretKey}"));
    }

    /// <summary>Whether the request carries the right keys; takes the same time for every wrong one.</summary>
    public bool Admits(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var decoded = new byte[header.Length];
        return Convert.TryFromBase64String(header[Scheme.Length..], decoded, out var length)
            && CryptographicOperations.FixedTimeEquals(Digest(decoded.AsSpan(0, length)), _expected);
    }

    private static byte[] Digest(ReadOnlySpan<byte> value) => SHA256.HashData(value);
}
