using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace OrleansStorage.Conformance.Node;

/// <summary>The admin port of a node, as its root user.</summary>
internal sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    public AdminClient(Uri address, S3Keys keys)
    {
        _http = new HttpClient { BaseAddress = address };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{keys.Access}:{keys.Secret}")));
    }

    /// <summary>Erases everything that nothing names; answers when that is done.</summary>
    public async Task<string> SweepAsync()
    {
        using var answer = await _http.PostAsync(new Uri("/v1/sweep", UriKind.Relative), content: null);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    /// <summary>Bytes of all blobs of all pools, one copy each.</summary>
    public async Task<long> LiveBytesAsync()
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/v1/pools", UriKind.Relative)));
        return document.RootElement.GetProperty("pools").EnumerateArray().Sum(pool => pool.GetProperty("liveBytes").GetInt64());
    }

    /// <summary>A pool as the node describes it.</summary>
    public async Task<JsonElement> PoolAsync(string name)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(new Uri("/v1/pools", UriKind.Relative)));
        return document.RootElement.GetProperty("pools").EnumerateArray()
            .Single(pool => pool.GetProperty("name").GetString() == name).Clone();
    }

    public void Dispose() => _http.Dispose();
}
