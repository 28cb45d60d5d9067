using System.Diagnostics;
using System.Globalization;
using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Tools;
using OrleansStorage.Conformance.Trees;
using Xunit;
using Xunit.Abstractions;

namespace OrleansStorage.Conformance.S3Tools;

[Collection(NodeCollection.Name)]
[Trait("Category", "Conformance")]
public sealed class S3cmdTests(NodeFixture node, ITestOutputHelper log) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [RequiresTool("s3cmd")]
    public async Task PutSyncAndGet_KeepAwkwardFiles()
    {
        var seed = TestSeed.Next();
        log.WriteLine($"seed {seed}");
        var bucket = await MakeBucketAsync("s3cmd-tree");
        var source = _folder.File("source");
        FileTree.CreateAwkward(source, seed);
        var expected = FileTree.Describe(source);

        await SucceedAsync("put", "--recursive", source + "/", $"s3://{bucket}/put/");
        await SucceedAsync("sync", source + "/", $"s3://{bucket}/sync/");
        var again = await SucceedAsync("sync", source + "/", $"s3://{bucket}/sync/");
        Assert.DoesNotContain("upload:", again.Output, StringComparison.Ordinal);

        foreach (var prefix in new[] { "put", "sync" })
        {
            var target = Directory.CreateDirectory(_folder.File("from-" + prefix)).FullName;
            await SucceedAsync("get", "--recursive", $"s3://{bucket}/{prefix}/", target + "/");
            TreeAssert.Same(expected, FileTree.Describe(target));
        }

        var used = await SucceedAsync("du", $"s3://{bucket}/put/");
        var bytes = expected.Values.Sum(file => long.Parse(file.Split(':')[0], CultureInfo.InvariantCulture));
        Assert.Matches($@"^\s*{bytes}\s+{expected.Count} objects", used.Output);
        await RemoveBucketAsync(bucket);
    }

    [RequiresTool("s3cmd")]
    public async Task ObjectCommands_DoWhatTheySay()
    {
        var bucket = await MakeBucketAsync("s3cmd-small");
        var file = _folder.File("one.txt");
        await File.WriteAllTextAsync(file, "one two three");

        await SucceedAsync("put", "--mime-type=text/x-test", "--add-header=x-amz-meta-colour:blue", file, $"s3://{bucket}/a/one.txt");
        await SucceedAsync("cp", $"s3://{bucket}/a/one.txt", $"s3://{bucket}/b/copied.txt");
        await SucceedAsync("mv", $"s3://{bucket}/b/copied.txt", $"s3://{bucket}/b/moved.txt");
        var list = await SucceedAsync("ls", "--recursive", $"s3://{bucket}");
        Assert.Contains($"s3://{bucket}/a/one.txt", list.Output, StringComparison.Ordinal);
        Assert.Contains($"s3://{bucket}/b/moved.txt", list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("copied.txt", list.Output, StringComparison.Ordinal);
        var folders = await SucceedAsync("ls", $"s3://{bucket}");
        Assert.Matches($@"DIR\s+s3://{bucket}/a/\s+DIR\s+s3://{bucket}/b/", folders.Output);

        var info = await SucceedAsync("info", $"s3://{bucket}/b/moved.txt");
        Assert.Contains("text/x-test", info.Output, StringComparison.Ordinal);
        Assert.Contains("x-amz-meta-colour: blue", info.Output, StringComparison.Ordinal);
        await SucceedAsync("del", $"s3://{bucket}/b/moved.txt");
        var left = await SucceedAsync("ls", $"s3://{bucket}/b/");
        Assert.Empty(left.OutputLines);
        (await RunAsync("get", $"s3://{bucket}/b/moved.txt", _folder.File("gone"))).MustFailWith("does not exist");
        await RemoveBucketAsync(bucket);
    }

    [RequiresTool("s3cmd")]
    public async Task Multipart_WithPartsOf15MB_ComesBackByteIdentical()
    {
        var seed = TestSeed.Next();
        log.WriteLine($"seed {seed}");
        var bucket = await MakeBucketAsync("s3cmd-multipart");
        var file = _folder.File("multipart.bin");
        // Three whole parts and a short one.
        FileTree.WriteFile(file, (ulong)seed, (45 << 20) + 12_345);

        var put = await SucceedAsync("put", "--multipart-chunk-size-mb=15", file, $"s3://{bucket}/multipart.bin");
        Assert.True(!put.Errors.Contains("WARNING", StringComparison.Ordinal), $"s3cmd had to try again: {put}");
        using var client = new SignedS3Client(node.S3, node.Keys);
        Assert.EndsWith("-4\"", (await client.SendAsync(HttpMethod.Head, $"{bucket}/multipart.bin")).ETag, StringComparison.Ordinal);
        var pending = await SucceedAsync("multipart", $"s3://{bucket}");
        Assert.DoesNotContain("multipart.bin", pending.Output, StringComparison.Ordinal);
        await SucceedAsync("get", $"s3://{bucket}/multipart.bin", _folder.File("back.bin"));
        var (sent, received) = (await File.ReadAllBytesAsync(file), await File.ReadAllBytesAsync(_folder.File("back.bin")));
        Assert.True(sent.AsSpan().SequenceEqual(received), $"seed {seed}: {sent.Length} bytes became {received.Length} others");
        await RemoveBucketAsync(bucket);
    }

    /// <summary>
    /// `s3cmd signurl` makes URLs of Signature Version 2, which newer regions of AWS refuse as well. The refusal must say
    /// what to use, and the same request with the right signature works (see the presigned URLs of the other tools).
    /// </summary>
    [RequiresTool("s3cmd")]
    public async Task SignUrl_OfSignatureVersion2_IsRefusedAndSaysWhy()
    {
        var bucket = await MakeBucketAsync("s3cmd-sign");
        var file = _folder.File("signed.txt");
        await File.WriteAllTextAsync(file, "signed");
        await SucceedAsync("put", file, $"s3://{bucket}/signed.txt");

        var url = (await SucceedAsync("signurl", $"s3://{bucket}/signed.txt", "+300")).Output.Trim();
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(url));
        var text = await answer.Content.ReadAsStringAsync();
        if (url.Contains("X-Amz-Signature", StringComparison.Ordinal))
        {
            Assert.Equal("signed", text);
        }
        else
        {
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, answer.StatusCode);
            Assert.Contains("<Code>InvalidRequest</Code>", text, StringComparison.Ordinal);
            Assert.Contains("AWS4-HMAC-SHA256", text, StringComparison.Ordinal);
        }

        await RemoveBucketAsync(bucket);
    }

    private async Task<string> MakeBucketAsync(string purpose)
    {
        var bucket = node.NewBucketName(purpose);
        await SucceedAsync("mb", $"s3://{bucket}");
        return bucket;
    }

    private async Task RemoveBucketAsync(string bucket)
    {
        await SucceedAsync("del", "--recursive", "--force", $"s3://{bucket}");
        await SucceedAsync("rb", $"s3://{bucket}");
    }

    private async Task<ToolRun> SucceedAsync(params string[] arguments) => (await RunAsync(arguments)).MustSucceed();

    private async Task<ToolRun> RunAsync(params string[] arguments)
    {
        var config = _folder.File("s3cfg");
        await File.WriteAllTextAsync(
            config,
            $"""
             [default]
             access_key = {node.Keys.Access}
             secret_key = {node.Keys.Secret}
             host_base = {node.S3.Authority}
             host_bucket = {node.S3.Authority}
             bucket_location = us-east-1
             use_https = False
             signature_v2 = False
             signurl_use_https = False
             max_retries = 0

             """);
        var start = new ProcessStartInfo(Tool.S3cmd.FindPath()!) { ArgumentList = { "-c", config, "--no-progress" } };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        ToolEnvironment.Clean(start);
        return await ToolRun.RunAsync(start);
    }
}
