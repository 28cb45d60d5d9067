using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace OrleansStorage.S3.Transport;

/// <summary>Sets Kestrel up for S3: limits, slow clients, and large blocks for large bodies.</summary>
public static class S3TransportExtensions
{
    private const int RequestLineBytesMax = 32 * 1024;
    private const int HeadersBytesMax = 32 * 1024;
    private const int RequestBufferBytes = 1 << 20;
    private const int ResponseBufferBytes = 1 << 20;

    /// <summary>
    /// Sets the limits of S3 on Kestrel. Bodies are bounded per request by the S3 front end; a client that sends or
    /// takes less than 240 bytes a second, after 5 seconds, is cut off.
    /// </summary>
    public static IWebHostBuilder UseS3Transport(this IWebHostBuilder builder) => builder
        .ConfigureServices(services =>
            services.AddSingleton<IMemoryPoolFactory<byte>>(new LargeBlockMemoryPoolFactory()))
        .ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.AllowSynchronousIO = false;
            kestrel.Limits.MaxRequestLineSize = RequestLineBytesMax;
            kestrel.Limits.MaxRequestHeadersTotalSize = HeadersBytesMax;
            kestrel.Limits.MaxRequestBufferSize = RequestBufferBytes;
            kestrel.Limits.MaxResponseBufferSize = ResponseBufferBytes;
            kestrel.Limits.MaxRequestBodySize = null;
        });
}
