using System.Diagnostics;
using OrleansStorage.Conformance.Node;
using OrleansStorage.Conformance.Tools;

namespace OrleansStorage.Conformance.S3Tools;

/// <summary>The AWS CLI, pointed at the node and at no configuration of this machine.</summary>
internal sealed class AwsCli(NodeFixture node, TemporaryFolder folder)
{
    public Task<ToolRun> RunAsync(params string[] arguments) => ToolRun.RunAsync(Start(arguments));

    /// <summary>Runs a command whose standard output is the data.</summary>
    public Task<ToolRun> RunAsync(Func<Stream, Task<string>> consumeOutput, params string[] arguments) =>
        ToolRun.RunAsync(Start(arguments), consumeOutput);

    private ProcessStartInfo Start(string[] arguments)
    {
        var config = folder.File("aws-config");
        if (!File.Exists(config))
        {
            File.WriteAllText(config, "[default]\nregion = us-east-1\ns3 =\n    addressing_style = path\n    signature_version = s3v4\n");
        }

        var start = new ProcessStartInfo(Tool.Aws.FindPath()!);
        start.ArgumentList.Add("--endpoint-url");
        start.ArgumentList.Add(node.S3.GetLeftPart(UriPartial.Authority));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        ToolEnvironment.Clean(start);
        start.Environment["AWS_CONFIG_FILE"] = config;
        start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = folder.File("no-credentials");
        start.Environment["AWS_EC2_METADATA_DISABLED"] = "true";
        start.Environment["AWS_ACCESS_KEY_ID"] = node.Keys.Access;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = node.Keys.Secret;
        start.Environment["AWS_PAGER"] = "";
        start.Environment["AWS_MAX_ATTEMPTS"] = "1";
        return start;
    }
}
