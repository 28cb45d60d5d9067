using System.Text.Json;
using OrleansStorage.Conformance.Node;
using Xunit;

namespace OrleansStorage.Conformance.Pools;

/// <summary>Goal: a pool keeps what it promises when disks are lost or lie. Method: a real node over six device folders.</summary>
[Trait("Category", "Conformance")]
public sealed class PoolTests : IDisposable
{
    private const string Bucket = "kept";
    private const int Objects = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random;
    private readonly int _seed = TestSeed.Next();
    private readonly Dictionary<string, byte[]> _contents = [];

    public PoolTests() => _random = TestSeed.Create(_seed);

    private string DataFolder => _folder.File("data");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task TwoLostDisks_LoseNothing()
    {
        await FillAsync();
        Directory.Delete(Device(1), recursive: true);
        Directory.Delete(Device(4), recursive: true);

        await using var silo = await StartAsync();
        await ExpectAllAsync(silo);
        Assert.Equal(0, (await DefaultPoolAsync(silo)).GetProperty("redundancyLeft").GetInt32());
    }

    [Fact]
    public async Task ThreeLostDisks_AreMoreThanPromised_AndTheNodeSaysWhich()
    {
        await FillAsync();
        for (var i = 0; i < 3; i++)
        {
            Directory.Delete(Device(i), recursive: true);
        }

        await using var silo = SiloProcess.Launch(DataFolder, S3Keys.ForTests, Options());
        Assert.NotEqual(0, await silo.WaitForExitAsync());
        Assert.Contains("lacks 3 devices of one stripe group", silo.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedBytes_AreNeverAnswered()
    {
        await FillAsync();
        await using var silo = await StartAsync();
        var flipped = 0;
        for (var round = 0; round < 5; round++)
        {
            // Never more than two disks of a blob: what is damaged stays damaged until somebody reads it.
            flipped += Flip(Device(2)) + Flip(Device(3));
            await ExpectAllAsync(silo);
        }

        Assert.True(flipped > 1000, $"{flipped} bytes were flipped");
    }

    [Fact]
    public async Task Ostor_MakesPools_AndPutsBucketsOnThem()
    {
        await using var silo = await StartAsync();
        var keys = S3Keys.ForTests;
        (await Ostor.RunAsync(silo, keys, "pool", "create", "trio", "--protection", "mirror:3")).MustSucceed();
        (await Ostor.RunAsync(silo, keys, "bucket", "create", "on-trio", "--pool", "trio")).MustSucceed();
        (await Ostor.RunAsync(silo, keys, "bucket", "create", "nowhere", "--pool", "none")).MustFailWith("There is no pool 'none'");
        (await Ostor.RunAsync(silo, keys, "pool", "create", "trio", "--protection", "mirror:3")).MustFailWith("already");
        (await Ostor.RunAsync(silo, keys, "pool", "create", "wide", "--protection", "rs:8+3")).MustFailWith("needs 11");
        (await Ostor.RunAsync(silo, keys, "pool", "create", "sites", "--protection", "mirror:2", "--fault-domain", "site"))
            .MustFailWith("needs 2");
        (await Ostor.RunAsync(silo, keys, "pool", "create", "odd", "--protection", "raid:5")).MustFailWith("is no protection");

        using var s3 = new SignedS3Client(silo.Ready.S3, keys);
        SignedS3Client.Must(await s3.PutAsync("on-trio", "key", new byte[1_000_000]));
        var list = (await Ostor.RunAsync(silo, keys, "pool", "list", "--output", "json")).MustSucceed();
        using var document = JsonDocument.Parse(list.Output);
        var pools = document.RootElement.GetProperty("pools").EnumerateArray().ToDictionary(pool => pool.GetProperty("name").GetString()!);
        Assert.Equal("mirror:3", pools["trio"].GetProperty("protection").GetString());
        Assert.Equal(1_000_000, pools["trio"].GetProperty("liveBytes").GetInt64());
        Assert.Equal(0, pools["default"].GetProperty("liveBytes").GetInt64());
        var devices = (await Ostor.RunAsync(silo, keys, "device", "list", "--output", "json")).MustSucceed();
        using var listed = JsonDocument.Parse(devices.Output);
        Assert.All(
            listed.RootElement.GetProperty("devices").EnumerateArray(),
            device => Assert.Equal("Online", device.GetProperty("state").GetString()));
    }

    private string Device(int number) => _folder.File($"device-{number}");

    private string[] Options() =>
        ["--protection", "rs:4+2", .. Enumerable.Range(0, 6).SelectMany(i => new[] { "--device", Device(i) })];

    private Task<SiloProcess> StartAsync() => SiloProcess.StartAsync(DataFolder, S3Keys.ForTests, Options());

    private async Task FillAsync()
    {
        await using var silo = await StartAsync();
        using var s3 = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        SignedS3Client.Must(await s3.SendAsync(HttpMethod.Put, Bucket));
        for (var i = 0; i < Objects; i++)
        {
            var content = new byte[Length(i)];
            _random.NextBytes(content);
            _contents[$"key-{i}"] = content;
            SignedS3Client.Must(await s3.PutAsync(Bucket, $"key-{i}", content));
        }

        await silo.KillAsync();
    }

    private int Length(int i) => (i % 4) switch
    {
        0 => _random.Next(1, 5_000),
        1 => _random.Next(5_000, 200_000),
        2 => _random.Next(200_000, 2_000_000),
        _ => _random.Next(2_000_000, 6_000_000),
    };

    private async Task ExpectAllAsync(SiloProcess silo)
    {
        using var s3 = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
        foreach (var (key, content) in _contents)
        {
            var answer = SignedS3Client.Must(await s3.GetAsync(Bucket, key));
            Assert.True(content.AsSpan().SequenceEqual(answer.Body), $"seed {_seed}: {key} is not what was put");
        }
    }

    private static async Task<JsonElement> DefaultPoolAsync(SiloProcess silo)
    {
        using var admin = new AdminClient(silo.Ready.Admin, S3Keys.ForTests);
        return await admin.PoolAsync("default");
    }

    /// <summary>Flips a byte here and there in the segments of a device.</summary>
    private int Flip(string device)
    {
        var flipped = 0;
        foreach (var path in Directory.GetFiles(device, "segment-*"))
        {
            try
            {
                flipped += FlipFile(path);
            }
            catch (FileNotFoundException)
            {
                // Compaction was quicker.
            }
        }

        return flipped;
    }

    private int FlipFile(string path)
    {
        var flipped = 0;
        using var file = File.Open(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var end = Math.Min(file.Length, 64 << 20);
        for (long at = _random.Next(4096, 60_000); at < end; at += _random.Next(1, 60_000))
        {
            file.Position = at;
            var was = file.ReadByte();
            if (was <= 0)
            {
                continue; // Reserved room, most likely.
            }

            file.Position = at;
            file.WriteByte((byte)(was ^ (1 << _random.Next(8))));
            flipped++;
        }

        return flipped;
    }
}
