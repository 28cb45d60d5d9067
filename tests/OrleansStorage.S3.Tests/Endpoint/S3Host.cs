using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansStorage.S3.Client;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Store;
using OrleansStorage.S3.Store.InMemory;
using OrleansStorage.S3.Transport;
using Xunit;

namespace OrleansStorage.S3.Tests.Endpoint;

/// <summary>The front end on a real Kestrel on loopback, over the in-memory store, with two users.</summary>
public sealed class S3Host : IAsyncLifetime
{
    private static int _lastBucket;

    private readonly MultiBufferMd5Engine _md5 = new();
    private WebApplication? _app;

    /// <summary>The store behind it; a test may wrap it.</summary>
    internal IObjectStore Store { get; init; } = new InMemoryObjectStore();

    /// <summary>Settings of the front end.</summary>
    internal S3Options Options { get; init; } = new() { BaseDomains = ["s3.example.test"], PartSizeBytesMin = 1024 };

    /// <summary>Takes unexpected failures.</summary>
    internal ILogger<S3RequestHandler> Logger { get; init; } = NullLogger<S3RequestHandler>.Instance;

    /// <summary>Where it listens.</summary>
    public Uri Endpoint { get; private set; } = new("http://localhost");

    /// <summary>The first user's client.</summary>
    public S3TestClient Client { get; private set; } = null!;

    /// <summary>The second user's client.</summary>
    public S3TestClient Other { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        var credentials = new StaticCredentialStore(
        [
            new S3Credential("AKMAIN", "main-secret", "main-id", "Main"), new S3Credential("AKALT", "alt-secret", "alt-id", "Alt"),
        ]);
        var handler = new S3RequestHandler(Store, credentials, Options, _md5, Logger);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseS3Transport().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(handler.HandleAsync);
        await _app.StartAsync();

        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Endpoint = new Uri(addresses.First());
        Client = new S3TestClient(Endpoint, "AKMAIN", "main-secret");
        Other = new S3TestClient(Endpoint, "AKALT", "alt-secret");
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        Client.Dispose();
        Other.Dispose();
        await _app!.DisposeAsync();
        _md5.Dispose();
    }

    /// <summary>A fresh bucket of the first user.</summary>
    public async Task<string> CreateBucketAsync()
    {
        var bucket = $"bucket-{Interlocked.Increment(ref _lastBucket)}";
        (await Client.CreateBucketAsync(bucket)).Require(200);
        return bucket;
    }

    /// <summary>Bytes that depend on the seed alone.</summary>
    public static byte[] Bytes(int count, int seed = 1)
    {
        var bytes = new byte[count];
        TestSeed.Create(seed).NextBytes(bytes);
        return bytes;
    }
}
