using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OrleansStorage.S3.Credentials;

namespace OrleansStorage.Silo.Configuration;

/// <summary>The access keys of a node: <c>credentials.json</c> in its data folder, readable by its owner alone.</summary>
/// <remarks>
/// Made at the first start with a random root key. <c>OSTOR_ROOT_ACCESS_KEY</c> and <c>OSTOR_ROOT_SECRET_KEY</c>, set
/// together, take the place of the root key and are not written down. There is no default password.
/// </remarks>
public sealed class CredentialsFile
{
    /// <summary>Name of the user that may do everything.</summary>
    public const string RootUser = "root";

    private const int AccessKeyLengthMin = 3;
    private const int SecretKeyLengthMin = 8;
    private const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    private static readonly JsonSerializerOptions Json =
        new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    private CredentialsFile(IReadOnlyList<UserKey> users, string path, bool isNew)
    {
        Users = users;
        Path = path;
        IsNew = isNew;
    }

    /// <summary>The users; the first is root.</summary>
    public IReadOnlyList<UserKey> Users { get; }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>The root key was made by this start, and is to be shown once.</summary>
    public bool IsNew { get; }

    /// <summary>The root user.</summary>
    public UserKey Root => Users[0];

    /// <summary>Reads the file, or makes it.</summary>
    /// <param name="dataDirectory">An existing folder.</param>
    /// <param name="environment">Reads a variable; null or empty when it is not set.</param>
    /// <exception cref="UsageException">The file or a variable is not usable.</exception>
    public static CredentialsFile Open(string dataDirectory, Func<string, string?> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        var path = System.IO.Path.Combine(dataDirectory, "credentials.json");
        var given = FromEnvironment(environment);
        if (File.Exists(path))
        {
            var users = Read(path);
            return new CredentialsFile(given is null ? users : [given, .. users.Skip(1)], path, isNew: false);
        }

        if (given is not null)
        {
            return new CredentialsFile([given], path, isNew: false);
        }

        var root = new UserKey(RootUser, RandomText(20), RandomText(40));
        Write(path, [root]);
        return new CredentialsFile([root], path, isNew: true);
    }

    /// <summary>The access keys as the front end asks for them.</summary>
    public StaticCredentialStore ToStore() => new(Users.Select(
        user => new S3Credential(user.AccessKey, user.SecretKey, CanonicalId(user.Name), user.Name)));

    /// <summary>The canonical id of a user: the SHA-256 of its name, in hexadecimal.</summary>
    public static string CanonicalId(string name) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static UserKey? FromEnvironment(Func<string, string?> environment)
    {
        var access = environment("OSTOR_ROOT_ACCESS_KEY");
        var secret = environment("OSTOR_ROOT_SECRET_KEY");
        if (string.IsNullOrEmpty(access) && string.IsNullOrEmpty(secret))
        {
            return null;
        }

        return access?.Length >= AccessKeyLengthMin && secret?.Length >= SecretKeyLengthMin
            ? new UserKey(RootUser, access, secret)
            : throw new UsageException(
                $"OSTOR_ROOT_ACCESS_KEY ({AccessKeyLengthMin} characters or more) and OSTOR_ROOT_SECRET_KEY "
                + $"({SecretKeyLengthMin} or more) must be set together.");
    }

    private static List<UserKey> Read(string path)
    {
        List<UserKey>? users;
        try
        {
            users = JsonSerializer.Deserialize<Document>(File.ReadAllBytes(path), Json)?.Users;
        }
        catch (JsonException e)
        {
            throw new UsageException($"{path} is no credentials file: {e.Message}");
        }

        return users is { Count: > 0 } && users[0].Name == RootUser
            && users.TrueForAll(user => user.AccessKey?.Length >= AccessKeyLengthMin
                && user.SecretKey?.Length >= SecretKeyLengthMin)
            ? users
            : throw new UsageException($"{path} must list users with keys, '{RootUser}' first.");
    }

    private static void Write(string path, List<UserKey> users)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // Written aside and moved, so that a crash never leaves half a file.
        var temporary = path + ".new";
        File.Delete(temporary);
        using (var stream = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(stream, new Document(users), Json);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path);
    }

    private static string RandomText(int length) => RandomNumberGenerator.GetString(Letters, length);

    private sealed record Document(List<UserKey> Users);
}

/// <summary>A user and its access key.</summary>
/// <param name="Name">The user.</param>
/// <param name="AccessKey">At least 3 characters.</param>
/// <param name="SecretKey">At least 8 characters.</param>
public sealed record UserKey(string Name, string AccessKey, string SecretKey)
{
    /// <summary>Without the secret.</summary>
    public override string ToString() => $"{Name} ({AccessKey})";
}
