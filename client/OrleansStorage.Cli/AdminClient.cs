using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansStorage.Cli;

/// <summary>Calls the admin API of a node.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    public AdminClient(Uri endpoint, NodeCredentials credentials)
    {
        var token = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.AccessKey}:{credentials.SecretKey}"));
        _http = new HttpClient { BaseAddress = endpoint, Timeout = TimeSpan.FromMinutes(5) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", token);
    }

    /// <summary>What the node says of its health; needs no keys.</summary>
    /// <exception cref="CliException">It cannot be reached, or is not ready.</exception>
    public static async Task<JsonElement> HealthAsync(Uri endpoint, CancellationToken cancellationToken)
    {
        using var client = new AdminClient(endpoint, new NodeCredentials("", ""));
        return await client.CallAsync(HttpMethod.Get, "/health/ready", cancellationToken);
    }

    /// <summary>Calls and gives the JSON answer; an empty answer is the empty object.</summary>
    /// <exception cref="CliException">The node cannot be reached, or refused.</exception>
    public async Task<JsonElement> CallAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using var response = await _http.SendAsync(request, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? Parse(text)
                : throw new CliException($"{(int)response.StatusCode} {response.ReasonPhrase}: {MessageIn(text)}", ExitCodes.Refused);
        }
        catch (HttpRequestException e)
        {
            throw new CliException($"{_http.BaseAddress} cannot be reached: {e.Message}", ExitCodes.Unreachable);
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>The message of the node's error, or the whole answer when it is something else.</summary>
    private static string MessageIn(string text)
    {
        try
        {
            return Parse(text).TryGetProperty("message", out var message) ? message.ToString() : text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
        return document.RootElement.Clone();
    }
}
