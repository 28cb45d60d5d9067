using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using OrleansStorage.DataChannel.Tests.Support;
using Xunit;

namespace OrleansStorage.DataChannel.Tests.Transport;

public sealed class TlsTests
{
    [Fact]
    public async Task MutualTls_CarriesFragments()
    {
        using var certificate = Certificate("silo");
        await using var fixture = Create(certificate, [certificate], hasTls: true);
        await using var device = fixture.Remote();
        await device.WriteFragmentAsync(Samples.Id(1), Samples.Bytes(1, 300_000), default);
        var read = new byte[300_000];
        await device.ReadFragmentAsync(Samples.Id(1), 0, read, default);
        Assert.Equal(Samples.Bytes(1, 300_000), read);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientWithoutTheCertificate_OrWithoutTls_IsKeptOut(bool hasTls)
    {
        using var certificate = Certificate("silo");
        using var other = Certificate("stranger");
        await using var fixture = Create(certificate, [other], hasTls, TimeSpan.FromSeconds(1));
        await using var device = fixture.Remote();
        await Assert.ThrowsAsync<DataChannelException>(
            async () => await device.WriteFragmentAsync(Samples.Id(1), new byte[10], default));
        Assert.Equal(0, fixture.Device.Usage.Fragments);
        Assert.Equal(0, fixture.Server.Status.Connections);
    }

    private static ChannelFixture Create(
        X509Certificate2 server, X509CertificateCollection client, bool hasTls, TimeSpan? timeout = null) => ChannelFixture.OverTcp(
        null,
        options => options.Tls = new SslServerAuthenticationOptions
        {
            ServerCertificate = server,
            ClientCertificateRequired = true,
            RemoteCertificateValidationCallback = (_, seen, _, _) => seen?.GetCertHashString() == server.GetCertHashString(),
        },
        options =>
        {
            options.RequestTimeout = timeout ?? options.RequestTimeout;
            options.HandshakeTimeout = timeout ?? options.HandshakeTimeout;
            options.Tls = !hasTls ? null : new SslClientAuthenticationOptions
            {
                TargetHost = "silo",
                ClientCertificates = client,
                RemoteCertificateValidationCallback = (_, seen, _, _) => seen?.GetCertHashString() == server.GetCertHashString(),
            };
        });

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
