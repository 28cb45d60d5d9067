using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Tools;
using OrleansStorage.Conformance.Trees;
using Xunit;
using Xunit.Abstractions;

namespace OrleansStorage.Conformance.S3Tools;

[Collection(NodeCollection.Name)]
[Trait("Category", "Conformance")]
public sealed class AwsCliTests : IDisposable
{
    private const int TreeFiles = 3200;
    private const int TreeFilesMin = 3000;
    private const long LargeBytes = 2L << 30;

    private readonly TemporaryFolder _folder = new();
    private readonly NodeFixture _node;
    private readonly AwsCli _aws;
    private readonly ITestOutputHelper _log;

    public AwsCliTests(NodeFixture node, ITestOutputHelper log)
    {
        _node = node;
        _aws = new AwsCli(node, _folder);
        _log = log;
    }

    public void Dispose() => _folder.Dispose();

    [RequiresTool("aws")]
    public async Task Sync_UpAndDown_KeepsEveryFileOfALargeTree()
    {
        var seed = TestSeed.Next();
        _log.WriteLine($"seed {seed}");
        var bucket = await MakeBucketAsync("tree");
        var source = _folder.File("source");
        FileTree.Create(source, TreeFiles, seed);
        var expected = FileTree.Describe(source);
        Assert.True(expected.Count >= TreeFilesMin, $"seed {seed}: only {expected.Count} files");

        await SucceedAsync("s3", "sync", "--only-show-errors", source, $"s3://{bucket}/tree");
        var again = await SucceedAsync("s3", "sync", source, $"s3://{bucket}/tree");
        Assert.True(again.OutputLines.Length == 0, $"The second sync found something to do: {again}");
        var target = _folder.File("target");
        await SucceedAsync("s3", "sync", "--only-show-errors", $"s3://{bucket}/tree", target);
        TreeAssert.Same(expected, FileTree.Describe(target));

        await DeleteRemovedFilesAsync(bucket, source);
        await SucceedAsync("s3", "rb", "--force", $"s3://{bucket}");
        var buckets = await SucceedAsync("s3", "ls");
        Assert.DoesNotContain(bucket, buckets.Output, StringComparison.Ordinal);
    }

    [RequiresTool("aws")]
    public async Task LargeFile_AsMultipart_ComesBackByteIdentical()
    {
        var seed = TestSeed.Next();
        _log.WriteLine($"seed {seed}");
        var bucket = await MakeBucketAsync("large");
        var path = _folder.File("large.bin");
        LargeFile.Create(path, LargeBytes, seed);
        string expected;
        await using (var file = File.OpenRead(path))
        {
            expected = await LargeFile.DigestAsync(file);
        }

        await SucceedAsync("s3", "cp", "--only-show-errors", path, $"s3://{bucket}/large.bin");
        var head = await SucceedAsync(
            "s3api", "head-object", "--bucket", bucket, "--key", "large.bin", "--query", "[ContentLength,ETag]", "--output", "text");
        Assert.Matches($@"^{LargeBytes}\s+""[0-9a-f]{{32}}-256""\s*$", head.Output);

        var streamed = await _aws.RunAsync(LargeFile.DigestAsync, "s3", "cp", $"s3://{bucket}/large.bin", "-");
        Assert.Equal(expected, streamed.MustSucceed().Output);

        await AssertRangesAsync(bucket, path);
        await SucceedAsync("s3", "rm", $"s3://{bucket}/large.bin");
        await SucceedAsync("s3", "rb", $"s3://{bucket}");
    }

    [RequiresTool("aws")]
    public async Task SmallCommands_DoWhatTheySay()
    {
        var bucket = await MakeBucketAsync("small");
        var file = _folder.File("a file.txt");
        await File.WriteAllTextAsync(file, "hello");
        var other = await MakeBucketAsync("other");

        await SucceedAsync("s3", "cp", file, $"s3://{bucket}/dir/a file.txt");
        await SucceedAsync("s3", "cp", $"s3://{bucket}/dir/a file.txt", $"s3://{other}/copied + renamed");
        await SucceedAsync("s3", "mv", $"s3://{other}/copied + renamed", $"s3://{other}/moved");
        var top = await SucceedAsync("s3", "ls", $"s3://{bucket}");
        Assert.Contains("PRE dir/", top.Output, StringComparison.Ordinal);
        var all = await SucceedAsync("s3", "ls", "--recursive", "--summarize", $"s3://{other}");
        Assert.Matches(@"(?s)\b5 moved\s.*Total Objects: 1\s+Total Size: 5\b", all.Output);
        Assert.DoesNotContain("copied", all.Output, StringComparison.Ordinal);

        var content = await SucceedAsync("s3", "cp", $"s3://{other}/moved", "-");
        Assert.Equal("hello", content.Output);
        (await _aws.RunAsync("s3", "rb", $"s3://{other}")).MustFailWith("BucketNotEmpty");
        (await _aws.RunAsync("s3", "cp", $"s3://{other}/not there", "-")).MustFailWith("404");
        (await _aws.RunAsync("s3", "ls", $"s3://{other}-that-does-not-exist")).MustFailWith("NoSuchBucket");
        await SucceedAsync("s3", "rb", "--force", $"s3://{other}");
        await SucceedAsync("s3", "rb", "--force", $"s3://{bucket}");
    }

    [RequiresTool("aws")]
    public async Task Presign_GivesAUrlThatNeedsNoSignatureOfItsOwn()
    {
        var bucket = await MakeBucketAsync("presign");
        var file = _folder.File("presigned.txt");
        await File.WriteAllTextAsync(file, "for whoever has the address");
        const string Key = "a folder/für alle & more+.txt";
        await SucceedAsync("s3", "cp", file, $"s3://{bucket}/{Key}");

        var url = (await SucceedAsync("s3", "presign", $"s3://{bucket}/{Key}", "--expires-in", "300")).Output.Trim();
        using var http = new HttpClient();
        Assert.Equal("for whoever has the address", await http.GetStringAsync(new Uri(url)));

        using var tampered = await http.GetAsync(new Uri(url.Replace("more", "less", StringComparison.Ordinal)));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, tampered.StatusCode);
        Assert.Contains("SignatureDoesNotMatch", await tampered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await SucceedAsync("s3", "rb", "--force", $"s3://{bucket}");
    }

    private async Task DeleteRemovedFilesAsync(string bucket, string source)
    {
        Directory.Delete(Path.Combine(source, "awkward"), recursive: true);
        await SucceedAsync("s3", "sync", "--only-show-errors", "--delete", source, $"s3://{bucket}/tree");
        // `s3 ls` ends with 1 when it finds nothing.
        var left = await _aws.RunAsync("s3", "ls", "--recursive", $"s3://{bucket}/tree/awkward");
        Assert.True(left is { ExitCode: 1, OutputLines.Length: 0 }, $"sync --delete left something: {left}");
        await SucceedAsync("s3", "rm", "--only-show-errors", "--recursive", $"s3://{bucket}/tree/real");
        (await _aws.RunAsync("s3api", "head-object", "--bucket", bucket, "--key", "tree/real/LICENSE.txt")).MustFailWith("404");
    }

    private async Task AssertRangesAsync(string bucket, string path)
    {
        // Inside a part, across two parts, across blobs, the last bytes, and beyond the end.
        (string Range, long Offset, long Length)[] ranges =
        [
            ("bytes=0-0", 0, 1),
            ("bytes=8388600-8388700", 8_388_600, 101),
            ("bytes=4194303-12582912", 4_194_303, 8_388_610),
            ("bytes=-1000", LargeBytes - 1000, 1000),
            ($"bytes={LargeBytes - 5}-{LargeBytes + 5}", LargeBytes - 5, 5),
        ];
        await using var file = File.OpenRead(path);
        foreach (var (range, offset, length) in ranges)
        {
            var part = _folder.File("part.bin");
            await SucceedAsync("s3api", "get-object", "--bucket", bucket, "--key", "large.bin", "--range", range, part);
            var expected = new byte[length];
            file.Position = offset;
            await file.ReadExactlyAsync(expected);
            var actual = await File.ReadAllBytesAsync(part);
            Assert.True(expected.AsSpan().SequenceEqual(actual), $"{range} differs");
        }

        (await _aws.RunAsync(
            "s3api", "get-object", "--bucket", bucket, "--key", "large.bin", "--range", $"bytes={LargeBytes}-", _folder.File("none")))
            .MustFailWith("InvalidRange");
    }

    private async Task<string> MakeBucketAsync(string purpose)
    {
        var bucket = _node.NewBucketName(purpose);
        await SucceedAsync("s3", "mb", $"s3://{bucket}");
        return bucket;
    }

    private async Task<ToolRun> SucceedAsync(params string[] arguments) => (await _aws.RunAsync(arguments)).MustSucceed();
}
