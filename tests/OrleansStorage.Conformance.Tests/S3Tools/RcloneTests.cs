using System.Diagnostics;
using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Tools;
using OrleansStorage.Conformance.Trees;
using Xunit;
using Xunit.Abstractions;

namespace OrleansStorage.Conformance.S3Tools;

[Collection(NodeCollection.Name)]
[Trait("Category", "Conformance")]
public sealed class RcloneTests(NodeFixture node, ITestOutputHelper log) : IDisposable
{
    private const int TreeFiles = 1200;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("rclone")]
    public async Task SyncCheckAndCopy_KeepATree()
    {
        var seed = TestSeed.Next();
        log.WriteLine($"seed {seed}");
        var bucket = node.NewBucketName("rclone-tree");
        var source = _folder.File("source");
        FileTree.Create(source, TreeFiles, seed);
        var expected = FileTree.Describe(source);
        await SucceedAsync("mkdir", $"node:{bucket}");

        await SucceedAsync("sync", source, $"node:{bucket}/tree");
        var check = await SucceedAsync("check", "--download", source, $"node:{bucket}/tree");
        Assert.Contains("0 differences found", check.Errors, StringComparison.Ordinal);
        var size = await SucceedAsync("size", "--json", $"node:{bucket}/tree");
        Assert.Contains($"\"count\":{expected.Count},", size.Output, StringComparison.Ordinal);
        var target = _folder.File("target");
        await SucceedAsync("copy", "--transfers", "16", $"node:{bucket}/tree", target);
        TreeAssert.Same(expected, FileTree.Describe(target));

        await AssertDeletionsAsync(bucket, source);
    }

    [RequiresTool("rclone")]
    public async Task ServerSideCopyAndMove_KeepTheContent()
    {
        var seed = TestSeed.Next();
        log.WriteLine($"seed {seed}");
        var bucket = node.NewBucketName("rclone-copy");
        var source = _folder.File("source");
        // Above the cut-off below, so that the copy is made of parts.
        FileTree.WriteFile(Path.Combine(source, "a + b/large ü.bin"), (ulong)seed, (24 << 20) + 1);
        var expected = FileTree.Describe(source)["a + b/large ü.bin"];
        await SucceedAsync("mkdir", $"node:{bucket}");
        await SucceedAsync(
            "copy", "--s3-upload-cutoff", "5Mi", "--s3-chunk-size", "5Mi", source, $"node:{bucket}/from");

        await SucceedAsync("copyto", $"node:{bucket}/from/a + b/large ü.bin", $"node:{bucket}/to/one copy.bin");
        await SucceedAsync(
            "copyto", "--s3-copy-cutoff", "6Mi", "--s3-chunk-size", "5Mi", $"node:{bucket}/to/one copy.bin", $"node:{bucket}/to/copy in parts.bin");
        await SucceedAsync("moveto", $"node:{bucket}/to/one copy.bin", $"node:{bucket}/moved/here.bin");

        var target = _folder.File("target");
        await SucceedAsync(
            "copy", "--multi-thread-cutoff", "1Mi", "--multi-thread-streams", "4", $"node:{bucket}", target);
        var files = FileTree.Describe(target);
        Assert.Equal(["from/a + b/large ü.bin", "moved/here.bin", "to/copy in parts.bin"], files.Keys);
        Assert.All(files.Values, content => Assert.Equal(expected, content));
        await SucceedAsync("purge", $"node:{bucket}");
    }

    private async Task AssertDeletionsAsync(string bucket, string source)
    {
        Directory.Delete(Path.Combine(source, "small"), recursive: true);
        await SucceedAsync("sync", source, $"node:{bucket}/tree");
        var folders = await SucceedAsync("lsf", $"node:{bucket}/tree");
        Assert.Equal(["awkward/", "real/"], folders.OutputLines);
        await SucceedAsync("delete", $"node:{bucket}/tree/awkward");
        Assert.Equal(["real/"], (await SucceedAsync("lsf", $"node:{bucket}/tree")).OutputLines);
        await SucceedAsync("purge", $"node:{bucket}");
        Assert.DoesNotContain(bucket, (await SucceedAsync("lsd", "node:")).Output, StringComparison.Ordinal);
    }

    private async Task<ToolRun> SucceedAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Tool.Rclone.FindPath()!);
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        ToolEnvironment.Clean(start);
        start.Environment["RCLONE_CONFIG"] = _folder.File("rclone.conf");
        start.Environment["RCLONE_CONFIG_NODE_TYPE"] = "s3";
        start.Environment["RCLONE_CONFIG_NODE_PROVIDER"] = "Other";
        start.Environment["RCLONE_CONFIG_NODE_ENDPOINT"] = node.S3.GetLeftPart(UriPartial.Authority);
        start.Environment["RCLONE_CONFIG_NODE_ACCESS_KEY_ID"] = node.Keys.Access;
        start.Environment["RCLONE_CONFIG_NODE_SECRET_ACCESS_KEY"] = node.Keys.Secret;
        start.Environment["RCLONE_CONFIG_NODE_REGION"] = "us-east-1";
        start.Environment["RCLONE_CONFIG_NODE_FORCE_PATH_STYLE"] = "true";
        // Otherwise rclone takes two names for one that differ in composition only.
        start.Environment["RCLONE_NO_UNICODE_NORMALIZATION"] = "true";
        start.Environment["RCLONE_RETRIES"] = "1";
        start.Environment["RCLONE_LOW_LEVEL_RETRIES"] = "1";
        return (await ToolRun.RunAsync(start)).MustSucceed();
    }
}
