using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace OrleansStorage.Testing.Postgres;

/// <summary>A private PostgreSQL server on loopback, with <c>fsync</c> on, in a directory of its own.</summary>
/// <remarks>
/// It trusts every local user. Where the tests run as root it runs as the user <c>postgres</c> or <c>nobody</c>, with a
/// data directory that this user owns. <see cref="DisposeAsync"/> stops it and deletes the data.
/// </remarks>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private readonly string _directory;
    private readonly string _user;
    private Process? _process;

    private PostgresServer(string directory, string user, int port)
    {
        _directory = directory;
        _user = user;
        Port = port;
    }

    /// <summary>Why no server can be started here; null when one can.</summary>
    public static string? MissingReason => PostgresTools.MissingReason;

    /// <summary>The TCP port, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Process id of the server; another one after each start.</summary>
    public int ProcessId => _process?.Id ?? throw new InvalidOperationException("The server is not running.");

    /// <summary>Makes a database cluster on a free port and starts it.</summary>
    /// <exception cref="InvalidOperationException"><see cref="MissingReason"/>, or it does not start.</exception>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken = default)
    {
        if (MissingReason is { } reason)
        {
            throw new InvalidOperationException(reason);
        }

        var directory = Directory.CreateTempSubdirectory("postgres-tests-").FullName;
        var user = UserFor();
        var server = new PostgresServer(directory, user, FreePort());
        try
        {
            await server.InitializeAsync(cancellationToken);
            await server.StartProcessAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Makes an empty database.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken cancellationToken = default)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The name comes from a test.
        command.CommandText = $"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'";
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
        return ConnectionString(name);
    }

    /// <summary>Kills the server and its children as <c>kill -9</c> does, and waits until they are gone.</summary>
    public async Task KillAsync()
    {
        var process = _process ?? throw new InvalidOperationException("The server is not running.");
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Starts the server again after <see cref="KillAsync"/>; its data are there again when this returns.</summary>
    public Task RestartAsync(CancellationToken cancellationToken = default) => StartProcessAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        NpgsqlConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    private string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Database = database,
        Timeout = 15,
    }.ConnectionString;

    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        if (PostgresTools.MustChangeUser)
        {
            await RunAsync(new ProcessStartInfo("chown", [_user, _directory]), cancellationToken);
        }

        await RunAsync(
            PostgresTools.StartInfo(
                "initdb", _user, "-D", Data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"),
            cancellationToken);
    }

    private string Data => Path.Combine(_directory, "data");

    private async Task StartProcessAsync(CancellationToken cancellationToken)
    {
        var start = PostgresTools.StartInfo(
            "postgres", _user, "-D", Data, "-p", Port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=on",
            "-c", "synchronous_commit=on", "-c", "max_connections=100", "-c", "shared_buffers=64MB",
            "-c", "deadlock_timeout=50ms", "-c", "log_min_messages=fatal", "-c", "logging_collector=off");
        _process = Process.Start(start) ?? throw new InvalidOperationException("postgres did not start.");
        var errors = _process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var started = Stopwatch.StartNew();
        while (!await AnswersAsync(cancellationToken))
        {
            if (_process.HasExited || started.Elapsed > StartTimeout)
            {
                throw new InvalidOperationException($"postgres did not start: {(_process.HasExited ? await errors : "timeout")}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{start.FileName}: {await output}{errors}");
        }
    }

    private static string UserFor() =>
        File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
