using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrleansStorage.Devices;
using OrleansStorage.Metadata;
using OrleansStorage.S3;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Transport;
using OrleansStorage.Silo.Admin;
using OrleansStorage.Silo.Configuration;
using OrleansStorage.Silo.Storage;

namespace OrleansStorage.Silo;

/// <summary>One node: storage, an Orleans silo, the S3 front end and the admin API in one process.</summary>
public static class Node
{
    private static readonly TimeSpan ShutdownMax = TimeSpan.FromSeconds(30);

    /// <summary>Runs a node until SIGTERM or Ctrl-C.</summary>
    /// <param name="arguments">What it was started with.</param>
    /// <param name="environment">Reads a variable.</param>
    /// <param name="output">Takes the ready line, and the root key when it was made.</param>
    /// <param name="error">Takes what went wrong.</param>
    /// <returns>The exit code: 0 after a clean stop, 1 when it could not start.</returns>
    /// <exception cref="UsageException">The configuration is wrong.</exception>
    public static async Task<int> RunAsync(
        SiloArguments arguments, Func<string, string?> environment, TextWriter output, TextWriter error)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        try
        {
            ListenerPorts.CheckFree(arguments.Address, arguments.S3Port, arguments.AdminPort);
            Directory.CreateDirectory(arguments.DataDirectory);
            var credentials = CredentialsFile.Open(arguments.DataDirectory, environment);
            await using var storage = await NodeStorage.OpenAsync(arguments, TimeProvider.System);
            using var host = Build(arguments, credentials, storage);
            await host.StartAsync();
            await AnnounceAsync(arguments, credentials, host, output, error);
            await host.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception e) when (e is IOException or DeviceException or MetadataException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"silo: cannot start: {e.Message}");
            return 1;
        }
    }

    private static IHost Build(SiloArguments arguments, CredentialsFile credentials, NodeStorage storage) =>
        new HostBuilder()
            .ConfigureLogging(logging => logging
                .AddSimpleConsole(console => console.SingleLine = true)
                .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
                .SetMinimumLevel(LogLevel.Warning))
            .ConfigureServices(services =>
            {
                services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownMax);
                services.AddSingleton(arguments);
                services.AddSingleton(credentials);
                services.AddSingleton<ICredentialStore>(credentials.ToStore());
                services.AddSingleton<IMd5Engine, MultiBufferMd5Engine>();
                services.AddSingleton(new S3Options { BaseDomains = arguments.Domains });
                services.AddNodeServices(storage);
            })
            .UseOrleans(silo => SiloEngine.Configure(silo, storage, arguments.HealAfter))
            .ConfigureWebHost(web => web
                .UseKestrelCore()
                .UseS3Transport()
                .ConfigureKestrel(kestrel =>
                {
                    kestrel.Listen(arguments.Address, arguments.S3Port);
                    kestrel.Listen(arguments.Address, arguments.AdminPort);
                })
                .ConfigureServices(services => services.AddRouting())
                .Configure(Serve))
            .Build();

    private static void Serve(IApplicationBuilder app)
    {
        var services = app.ApplicationServices;
        var s3 = ActivatorUtilities.CreateInstance<S3RequestHandler>(services);
        var branch = app.New();
        branch.UseRouting();
        branch.UseEndpoints(ActivatorUtilities.CreateInstance<AdminApi>(services).Map);
        var admin = branch.Build();
        var ports = services.GetRequiredService<ListenerPorts>();
        app.Run(http => ports.IsAdmin(http.Connection.LocalPort) ? admin(http) : s3.HandleAsync(http));
    }

    private static async Task AnnounceAsync(
        SiloArguments arguments, CredentialsFile credentials, IHost host, TextWriter output, TextWriter error)
    {
        var ports = host.Services.GetRequiredService<ListenerPorts>();
        if (credentials.IsNew)
        {
            await output.WriteLineAsync(
                $"root credentials access={credentials.Root.AccessKey} secret={credentials.Root.SecretKey} kept in {credentials.Path}");
        }

        foreach (var warning in host.Services.GetRequiredService<NodeStorage>().Warnings)
        {
            await error.WriteLineAsync($"silo: {warning}");
        }

        if (arguments.NvmePort is { } port)
        {
            await error.WriteLineAsync($"silo: nothing listens on NVMe port {port}: this version has no NVMe/TCP target");
        }

        await output.WriteLineAsync(
            $"ready s3={UrlOf(arguments, ports.S3)} admin={UrlOf(arguments, ports.Admin)} data={arguments.DataDirectory}");
        await output.FlushAsync();
    }

    private static string UrlOf(SiloArguments arguments, int port) => $"http://{new IPEndPoint(arguments.Address, port)}";
}
