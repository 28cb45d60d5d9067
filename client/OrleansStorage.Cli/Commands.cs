using System.CommandLine;
using System.Text.Json;

namespace OrleansStorage.Cli;

/// <summary>The commands of <c>ostor</c>.</summary>
internal sealed class Commands
{
    private const string EndpointDefault = "http://127.0.0.1:9090";

    private readonly Option<Uri> _endpoint = new("--endpoint")
    {
        Description = "Admin API of the node.",
        DefaultValueFactory = _ => new Uri(EndpointDefault),
        Recursive = true,
    };

    private readonly Option<string> _data = new("--data")
    {
        Description = "Data folder of the node; its credentials.json is used when OSTOR_ROOT_ACCESS_KEY is not set.",
        DefaultValueFactory = _ => "data",
        Recursive = true,
    };

    private readonly Option<string> _output;

    public Commands()
    {
        _output = new("--output")
        {
            Description = "table or json.",
            DefaultValueFactory = _ => "table",
            Recursive = true,
        };
        _output.AcceptOnlyFromAmong("table", "json");
    }

    public Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand("Looks after an OrleansStorage node.") { _endpoint, _data, _output };
        root.Subcommands.Add(Leaf("status", "What the node is and does.", HttpMethod.Get, "/v1/status", Output.Properties));
        root.Subcommands.Add(Bucket());
        root.Subcommands.Add(new Command("pool", "Pools.")
        {
            Leaf("list", "Pools, their protection and what they hold.", HttpMethod.Get, "/v1/pools", answer =>
                Output.Table(
                    answer.GetProperty("pools"), "name", "protection", "tier", "blobs", "liveBytes", "capacityBytes")),
        });
        root.Subcommands.Add(Leaf(
            "sweep", "Erases deleted data and what crashes left behind, now.", HttpMethod.Post, "/v1/sweep", Output.Properties));
        return root.Parse(args).InvokeAsync();
    }

    private Command Bucket()
    {
        var name = new Argument<string>("NAME") { Description = "The bucket." };
        var create = new Command("create", "Creates a bucket that the root user owns.") { name };
        create.SetAction((result, ct) => CallAsync(
            result, HttpMethod.Put, $"/v1/buckets/{Uri.EscapeDataString(result.GetValue(name)!)}", Output.Properties, ct));
        var delete = new Command("delete", "Deletes an empty bucket.") { name };
        delete.SetAction((result, ct) => CallAsync(
            result, HttpMethod.Delete, $"/v1/buckets/{Uri.EscapeDataString(result.GetValue(name)!)}", _ => { }, ct));
        return new Command("bucket", "Buckets.")
        {
            Leaf("list", "All buckets.", HttpMethod.Get, "/v1/buckets", answer =>
                Output.Table(answer.GetProperty("buckets"), "name", "ownerId", "createdAt")),
            create,
            delete,
        };
    }

    private Command Leaf(
        string name, string description, HttpMethod method, string path, Action<JsonElement> show)
    {
        var command = new Command(name, description);
        command.SetAction((result, ct) => CallAsync(result, method, path, show, ct));
        return command;
    }

    private async Task<int> CallAsync(
        ParseResult result, HttpMethod method, string path, Action<JsonElement> show, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new AdminClient(
                result.GetValue(_endpoint)!, NodeCredentials.Find(result.GetValue(_data)!));
            var answer = await client.CallAsync(method, path, cancellationToken);
            (result.GetValue(_output) == "json" ? Output.Json : show)(answer);
            return ExitCodes.Done;
        }
        catch (CliException e)
        {
            await Console.Error.WriteLineAsync($"ostor: {e.Message}");
            return e.ExitCode;
        }
    }
}
