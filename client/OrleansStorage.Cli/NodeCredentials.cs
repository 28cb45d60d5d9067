using System.Text.Json;

namespace OrleansStorage.Cli;

/// <summary>The root keys of the node: from the environment, else from the node's data folder.</summary>
internal sealed record NodeCredentials(string AccessKey, string SecretKey)
{
    /// <exception cref="CliException">There are no keys to be found.</exception>
    public static NodeCredentials Find(string dataDirectory)
    {
        var access = Environment.GetEnvironmentVariable("OSTOR_ROOT_ACCESS_KEY");
        var secret = Environment.GetEnvironmentVariable("OSTOR_ROOT_SECRET_KEY");
        if (!string.IsNullOrEmpty(access) && !string.IsNullOrEmpty(secret))
        {
            return new NodeCredentials(access, secret);
        }

        var path = Path.Combine(dataDirectory, "credentials.json");
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement.GetProperty("users")[0];
            return new NodeCredentials(
                root.GetProperty("accessKey").GetString()!, root.GetProperty("secretKey").GetString()!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException)
        {
            throw new CliException(
                $"Set OSTOR_ROOT_ACCESS_KEY and OSTOR_ROOT_SECRET_KEY, or name the data folder with --data ({e.Message})",
                ExitCodes.Usage);
        }
    }

    public override string ToString() => AccessKey;
}
