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
    public async Task TwoLostDisks_LoseNothing_AndTwoMoreAfterHealing()
    {
        await FillAsync();
        Lose(1, 4);
        await using (var silo = await StartAsync())
        {
            await ExpectAllAsync(silo);
            await HealedAsync(silo);
            await silo.KillAsync();
        }

        Lose(0, 2);
        await using (var silo = await StartAsync())
        {
            await ExpectAllAsync(silo);
            await HealedAsync(silo);
            await ExpectAllAsync(silo);

            // Writes need groups without losses.
            using var s3 = new SignedS3Client(silo.Ready.S3, S3Keys.ForTests);
            SignedS3Client.Must(await s3.PutAsync(Bucket, "afterwards", new byte[1_000_000]));
        }
    }

    [Fact]
    public async Task DrainedDisk_GivesUpWhatItHolds_AndLeaves()
    {
        await FillAsync();
        await using var silo = await StartAsync("--device", Device(6));
        await HealedAsync(silo);
        var id = await DeviceIdAsync(silo, Device(3));
        (await Ostor.RunAsync(silo, S3Keys.ForTests, "device", "remove", id)).MustFailWith("drain it first");
        (await Ostor.RunAsync(silo, S3Keys.ForTests, "device", "drain", id)).MustSucceed();

        await WaitForAsync("the device to be empty", async () =>
            (await Ostor.RunAsync(silo, S3Keys.ForTests, "device", "remove", id)).ExitCode == 0);
        await ExpectAllAsync(silo);
        Assert.Equal(2, (await DefaultPoolAsync(silo)).GetProperty("redundancyLeft").GetInt32());
        Assert.Null(await FindDeviceAsync(silo, Device(3)));
    }

    [Fact]
    public async Task ThreeLostDisks_AreMoreThanPromised_AndTheNodeSaysWhich()
    {
        await FillAsync();
        Lose(0, 1, 2);

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
        (await Ostor.RunAsync(silo, keys, "health")).MustSucceed();
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
        ["--protection", "rs:4+2", "--heal-after", "3", .. Enumerable.Range(0, 6).SelectMany(i => new[] { "--device", Device(i) })];

    private Task<SiloProcess> StartAsync(params string[] more) =>
        SiloProcess.StartAsync(DataFolder, S3Keys.ForTests, [.. Options(), .. more]);

    private void Lose(params int[] devices)
    {
        foreach (var device in devices)
        {
            Directory.Delete(Device(device), recursive: true);
        }
    }

    /// <summary>Waits until the pool says that every blob has all its fragments.</summary>
    private static Task HealedAsync(SiloProcess silo) => WaitForAsync("full protection", async () =>
    {
        var pool = await DefaultPoolAsync(silo);
        return pool.GetProperty("redundancyLeft").GetInt32() == 2
            && pool.GetProperty("bytesDegraded").GetInt64() == 0
            && pool.GetProperty("groupsToLookAt").GetInt32() == 0;
    });

    private static async Task WaitForAsync(string what, Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 240; i++)
        {
            if (await isSo())
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System);
        }

        Assert.Fail($"Two minutes were not enough for {what}.");
    }

    private static async Task<string> DeviceIdAsync(SiloProcess silo, string path) =>
        await FindDeviceAsync(silo, path) ?? throw new InvalidOperationException($"There is no device {path}.");

    private static async Task<string?> FindDeviceAsync(SiloProcess silo, string path)
    {
        var run = (await Ostor.RunAsync(silo, S3Keys.ForTests, "device", "list", "--output", "json")).MustSucceed();
        using var document = JsonDocument.Parse(run.Output);
        return document.RootElement.GetProperty("devices").EnumerateArray()
            .Where(device => device.GetProperty("path").GetString() == path)
            .Select(device => device.GetProperty("id").GetString())
            .FirstOrDefault();
    }

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
