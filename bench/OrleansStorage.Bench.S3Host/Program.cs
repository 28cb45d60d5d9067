using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using OrleansStorage.S3;
using OrleansStorage.S3.Credentials;
using OrleansStorage.S3.Digests;
using OrleansStorage.S3.Store.InMemory;
using OrleansStorage.S3.Transport;

// Serves the S3 front end over a store that lives in this process's memory and is lost when it ends. It exists to
// measure the protocol alone, and to try S3 clients against it; it is not a way to store anything.
//
//   OrleansStorage.Bench.S3Host PORT ACCESS:SECRET:OWNER:NAME [ACCESS:SECRET:OWNER:NAME …] [--domain NAME] [--plain-transport]
var positional = new List<string>();
var domains = new List<string>();
var isPlain = false;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--domain" when i + 1 < args.Length:
            domains.Add(args[++i]);
            break;
        case "--plain-transport":
            isPlain = true;
            break;
        default:
            positional.Add(args[i]);
            break;
    }
}

if (positional.Count < 2 || !int.TryParse(positional[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
{
    await Console.Error.WriteLineAsync(
        "usage: OrleansStorage.Bench.S3Host PORT ACCESS:SECRET:OWNER:NAME [...] [--domain NAME] [--plain-transport]");
    return 2;
}

var credentials = positional.Skip(1).Select(text => text.Split(':')).Select(part => new S3Credential(part[0], part[1], part[2], part[3]));
using var md5 = new MultiBufferMd5Engine();
var handler = new S3RequestHandler(
    new InMemoryObjectStore(),
    new StaticCredentialStore(credentials),
    new S3Options { BaseDomains = domains },
    md5,
    NullLogger<S3RequestHandler>.Instance);

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.ClearProviders();
if (!isPlain)
{
    builder.WebHost.UseS3Transport();
}

builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
await using var app = builder.Build();
app.Run(handler.HandleAsync);
Console.WriteLine($"S3 in memory on http://127.0.0.1:{port}: everything is lost when this process ends.");
await app.RunAsync();
return 0;
