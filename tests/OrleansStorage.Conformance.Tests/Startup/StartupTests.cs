using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OrleansStorage.Conformance.Node;
using Xunit;

namespace OrleansStorage.Conformance.Startup;

/// <summary>How a node starts and stops, as an operator sees it.</summary>
[Trait("Category", "Conformance")]
public sealed class StartupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string DataFolder => _folder.File("data");

    private string CredentialsPath => Path.Combine(DataFolder, "credentials.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task ReadyLine_IsTheOnlyLine_AndTellsWhereItServes()
    {
        await using var silo = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);

        var line = Assert.Single(silo.OutputLines);
        Assert.Equal($"ready s3=http://127.0.0.1:{silo.Ready.S3.Port} admin=http://127.0.0.1:{silo.Ready.Admin.Port} data={DataFolder}", line);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(silo, S3Keys.ForTests));
    }

    [Fact]
    public async Task AdminPort_AnswersHealthAndMetrics_AndAsksForKeysElsewhere()
    {
        await using var silo = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        using var http = new HttpClient { BaseAddress = silo.Ready.Admin };

        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/health/live"));
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(silo, "counted", "content"));
        var metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        Assert.Matches(@"(?m)^# TYPE \w+ counter$", metrics);
        Assert.Matches(@"(?m)^ostor_device_bytes_written_total\{[^}]+\} [1-9]", metrics);
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(http, "/v1/pools"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(http, "/v1/status"));
        using var sweep = await http.PostAsync(new Uri("/v1/sweep", UriKind.Relative), content: null);
        Assert.Equal(HttpStatusCode.Unauthorized, sweep.StatusCode);
    }

    [Fact]
    public async Task FirstStart_MakesKeysOnce_AndTheyAreTheOnlyOnes()
    {
        S3Keys made;
        await using (var first = await SiloProcess.StartAsync(DataFolder, keys: null))
        {
            made = ReadKeys(CredentialsPath);
            var line = Assert.Single(first.OutputLines, line => !line.StartsWith("ready ", StringComparison.Ordinal));
            Assert.Contains(made.Access, line, StringComparison.Ordinal);
            Assert.Contains(made.Secret, line, StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(first, made));
            foreach (var guess in Guesses(made))
            {
                Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(first, guess));
            }
        }

        await using var second = await SiloProcess.StartAsync(DataFolder, keys: null);
        Assert.Single(second.OutputLines);
        Assert.Equal(made, ReadKeys(CredentialsPath));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(second, made));
    }

    [Fact]
    public async Task TwoNodes_MakeDifferentKeys()
    {
        await using var one = await SiloProcess.StartAsync(_folder.File("one"), keys: null);
        await using var two = await SiloProcess.StartAsync(_folder.File("two"), keys: null);

        var first = ReadKeys(Path.Combine(_folder.File("one"), "credentials.json"));
        var second = ReadKeys(Path.Combine(_folder.File("two"), "credentials.json"));
        Assert.NotEqual(first.Access, second.Access);
        Assert.NotEqual(first.Secret, second.Secret);
        Assert.True(first.Secret.Length >= 32, $"A secret of {first.Secret.Length} characters");
    }

    [UnixFact]
    public async Task CredentialsFile_IsForItsOwnerAlone()
    {
        await using var silo = await SiloProcess.StartAsync(DataFolder, keys: null);

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CredentialsPath));
        }
    }

    [Fact]
    public async Task KeysOfTheEnvironment_ReplaceTheFile()
    {
        await using (var first = await SiloProcess.StartAsync(DataFolder, keys: null))
        {
            Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(first, S3Keys.ForTests));
        }

        var made = ReadKeys(CredentialsPath);
        await using var second = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(second, S3Keys.ForTests));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(second, made));
        Assert.DoesNotContain(S3Keys.ForTests.Secret, await File.ReadAllTextAsync(CredentialsPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HalfOfTheKeys_IsRefused()
    {
        await using var silo = SiloProcess.Launch(DataFolder, new S3Keys("onlyaccess", ""));

        Assert.NotEqual(0, await silo.WaitForExitAsync());
        Assert.Contains("OSTOR_ROOT_SECRET_KEY", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondProcess_OnTheSameData_IsRefused_AndTheFirstGoesOn()
    {
        await using var first = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        await using var second = SiloProcess.Launch(DataFolder, S3Keys.ForTests);

        Assert.NotEqual(0, await second.WaitForExitAsync());
        Assert.Contains(DataFolder, second.Output, StringComparison.Ordinal);
        Assert.Contains("another process", second.Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", second.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(first, "still", "alive"));
    }

    [Fact]
    public async Task PortInUse_IsNamed()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        await using var silo = SiloProcess.Launch(DataFolder, S3Keys.ForTests, "--s3-port", port);

        Assert.NotEqual(0, await silo.WaitForExitAsync());
        Assert.Contains(port, silo.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", silo.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-such-option", "x")]
    [InlineData("--s3-port", "many")]
    [InlineData("--protection", "mirror:3")]
    [InlineData("--domain", "s3.example.test:9000")]
    [InlineData("--listen", "everywhere")]
    [InlineData("--heal-after", "0")]
    [InlineData("--protection", "raid:5")]
    public async Task WrongOption_IsNamed_AndNothingIsMade(string option, string value)
    {
        await using var silo = SiloProcess.Launch(DataFolder, S3Keys.ForTests, option, value);

        Assert.Equal(2, await silo.WaitForExitAsync());
        Assert.Contains(value == "mirror:3" ? value : option, silo.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(DataFolder), "The data folder was made");
    }

    [UnixFact]
    public async Task Terminate_StopsCleanly_AndEverythingIsThereAfterwards()
    {
        await using (var silo = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests))
        {
            Assert.Equal(HttpStatusCode.OK, await PutAsync(silo, "kept", "content"));
            Assert.Equal(0, await silo.StopAsync(Signals.Terminate));
        }

        await using var again = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        using var client = new SignedS3Client(again.Ready.S3, S3Keys.ForTests);
        Assert.Equal("content", (await client.GetAsync("bucket", "kept")).Text);
        Assert.Equal(0, await again.StopAsync(Signals.Interrupt));
    }

    [UnixFact]
    public async Task Terminate_DuringAnUpload_EndsItOrRefusesIt_AndStopsCleanly()
    {
        await using var silo = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(silo, "other", "content"));
        using var client = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        using var body = new HeldContent(Trees.Payload.Create(7, 9 << 20));
        var upload = client.PutUnsignedAsync("bucket/slow", body);
        await body.HalfSent;

        Signals.Send(silo.Id, Signals.Terminate);
        body.Release();
        var isAcknowledged = await IsSuccessAsync(upload);
        Assert.Equal(0, await silo.WaitForExitAsync());

        await using var again = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        using var reader = new SignedS3Client(again.Ready.S3, S3Keys.ForTests);
        var found = await reader.GetAsync("bucket", "slow");
        if (isAcknowledged)
        {
            Assert.True(found.Body.AsSpan().SequenceEqual(Trees.Payload.Create(7, 9 << 20)), $"Acknowledged, and then: {found}");
        }
        else
        {
            Assert.True(found.Status == HttpStatusCode.NotFound || found.Body.Length == 9 << 20, $"Half an object: {found}");
        }
    }

    /// <summary>A node whose very first start is cut off anywhere starts at the next attempt.</summary>
    [Fact]
    public async Task FirstStart_KilledAtAnyMoment_StartsTheNextTime()
    {
        var seed = TestSeed.Next();
        var random = TestSeed.Create(seed);
        var killed = 0;
        for (var round = 0; round < 8; round++)
        {
            var folder = _folder.File($"data-{round}");
            await using (var doomed = SiloProcess.Launch(folder, keys: null))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100 + random.Next(1500)), TimeProvider.System);
                Assert.False(doomed.HasExited, $"seed {seed}, round {round}: {doomed.Output}");
                await doomed.KillAsync();
                killed++;
            }

            await using var silo = await SiloProcess.StartAsync(folder, keys: null);
            var keys = ReadKeys(Path.Combine(folder, "credentials.json"));
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(silo, keys));
        }

        Assert.Equal(8, killed);
    }

    [Fact]
    public async Task HostBelowADomain_NamesTheBucket()
    {
        await using var silo = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests, "--domain", "s3.example.test");
        using var client = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(silo, "folder/key", "content"));

        foreach (var host in new[] { "bucket.s3.example.test", "bucket.localhost:9000" })
        {
            var byHost = await client.SendAsync(HttpMethod.Get, "folder/key", extra: ("host", host));
            Assert.Equal((HttpStatusCode.OK, "content"), (byHost.Status, byHost.Text));
        }

        foreach (var host in new[] { "s3.example.test", "bucket.example.test" })
        {
            var byPath = await client.SendAsync(HttpMethod.Get, "bucket/folder/key", extra: ("host", host));
            Assert.Equal((HttpStatusCode.OK, "content"), (byPath.Status, byPath.Text));
        }
    }

    [UnixFact(LinuxOnly = true)]
    public async Task Listeners_AreOnLoopbackOnly()
    {
        await using var silo = await SiloProcess.StartAsync(DataFolder, S3Keys.ForTests);
        // proc(5): local address and port in hexadecimal, state 0A is LISTEN.
        var listening = (await File.ReadAllLinesAsync("/proc/net/tcp")).Concat(await File.ReadAllLinesAsync("/proc/net/tcp6"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length > 3 && fields[3] == "0A")
            .Select(fields => fields[1])
            .ToList();
        foreach (var port in new[] { silo.Ready.S3.Port, silo.Ready.Admin.Port })
        {
            var addresses = listening.Where(address => address.EndsWith($":{port:X4}", StringComparison.Ordinal));
            Assert.Equal([$"0100007F:{port:X4}"], addresses);
        }
    }

    private static IEnumerable<S3Keys> Guesses(S3Keys made) =>
    [
        S3Keys.ForTests, new("root", "root"), new("admin", "admin"), new("admin", "password"), new("minioadmin", "minioadmin"),
        new(made.Access, ""), new(made.Access, made.Access), new(made.Access, made.Secret + "x"),
    ];

    private static S3Keys ReadKeys(string path)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        var root = document.RootElement.GetProperty("users")[0];
        return new S3Keys(root.GetProperty("accessKey").GetString()!, root.GetProperty("secretKey").GetString()!);
    }

    private static async Task<HttpStatusCode> StatusAsync(SiloProcess silo, S3Keys keys)
    {
        using var client = new SignedS3Client(silo.Ready.S3, keys);
        return (await client.SendAsync(HttpMethod.Get, "")).Status;
    }

    private static async Task<HttpStatusCode> PutAsync(SiloProcess silo, string key, string content)
    {
        using var client = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        SignedS3Client.Must(await client.SendAsync(HttpMethod.Put, "bucket"));
        return (await client.PutAsync("bucket", key, System.Text.Encoding.UTF8.GetBytes(content))).Status;
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient http, string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        return answer.StatusCode;
    }

    private static async Task<bool> IsSuccessAsync(Task<S3Answer> answer)
    {
        try
        {
            return (await answer).IsSuccess;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
