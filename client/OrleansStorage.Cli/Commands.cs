using System.CommandLine;
using System.CommandLine.Parsing;
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
        CustomParser = ParseEndpoint,
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
        root.Subcommands.Add(Health());
        root.Subcommands.Add(Bucket());
        root.Subcommands.Add(Pool());
        root.Subcommands.Add(Device());
        root.Subcommands.Add(new Command("heal", "Healing.")
        {
            Leaf("status", "How protected each pool is, and what is being made anew.", HttpMethod.Get, "/v1/pools", answer =>
                Output.Table(
                    answer.GetProperty("pools"),
                    "name", "protection", "redundancyLeft", "blobsDegraded", "bytesDegraded", "blobsUnrepairable",
                    "groupsToLookAt", "bytesRebuilt", "rebuildBytesPerSecond", "fullProtectionInSeconds")),
        });
        root.Subcommands.Add(Leaf(
            "sweep", "Erases deleted data and what crashes left behind, now.", HttpMethod.Post, "/v1/sweep", Output.Properties));
        return root.Parse(args).InvokeAsync();
    }

    private Command Health()
    {
        var command = new Command("health", "Whether the node should be sent requests; asks without keys.");
        command.SetAction(async (result, ct) =>
        {
            try
            {
                var answer = await AdminClient.HealthAsync(result.GetValue(_endpoint)!, ct);
                Show(result, answer, Output.Properties);
                return ExitCodes.Done;
            }
            catch (CliException e)
            {
                await Console.Error.WriteLineAsync($"ostor: {e.Message}");
                return e.ExitCode;
            }
        });
        return command;
    }

    private Command Bucket()
    {
        var name = new Argument<string>("NAME") { Description = "The bucket." };
        var pool = new Option<string>("--pool") { Description = "The pool that takes its objects.", DefaultValueFactory = _ => "default" };
        var create = new Command("create", "Creates a bucket that the root user owns.") { name, pool };
        create.SetAction((result, ct) => CallAsync(
            result, HttpMethod.Put, $"/v1/buckets/{Escape(result.GetValue(name))}?pool={Escape(result.GetValue(pool))}", Output.Properties, ct));
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

    private Command Pool()
    {
        var name = new Argument<string>("NAME") { Description = "The pool." };
        var protection = new Option<string>("--protection") { Description = "mirror:K or rs:N+M.", Required = true };
        var tier = new Option<string>("--tier") { Description = "ssd, sas, sata or archive.", DefaultValueFactory = _ => "ssd" };
        var domain = new Option<string>("--fault-domain")
        {
            Description = "What the devices of a stripe group do not share: device, silo, rack or site.",
            DefaultValueFactory = _ => "device",
        };
        var create = new Command("create", "Makes a pool over the devices of a tier.") { name, protection, tier, domain };
        create.SetAction((result, ct) => CallAsync(
            result,
            HttpMethod.Put,
            $"/v1/pools/{Escape(result.GetValue(name))}?protection={Escape(result.GetValue(protection))}"
            + $"&tier={Escape(result.GetValue(tier))}&faultDomain={Escape(result.GetValue(domain))}",
            Output.Properties,
            ct));
        return new Command("pool", "Pools.")
        {
            Leaf("list", "Pools, their protection and what they hold.", HttpMethod.Get, "/v1/pools", answer =>
                Output.Table(
                    answer.GetProperty("pools"),
                    "name", "protection", "tier", "faultDomain", "redundancyLeft", "blobs", "liveBytes", "capacityBytes")),
            create,
        };
    }

    private Command Device()
    {
        var id = new Argument<Guid>("ID") { Description = "The device's id, as `device list` shows it." };
        var cancel = new Option<bool>("--cancel") { Description = "It is to stay after all." };
        var drain = new Command("drain", "Moves what a device holds to others while it can still be read.") { id, cancel };
        drain.SetAction((result, ct) => CallAsync(
            result, HttpMethod.Post, $"/v1/devices/{result.GetValue(id)}/drain?cancel={result.GetValue(cancel)}", Output.Properties, ct));
        var remove = new Command("remove", "Takes out a device that is empty, or gives up one that is away.") { id };
        remove.SetAction((result, ct) => CallAsync(
            result, HttpMethod.Delete, $"/v1/devices/{result.GetValue(id)}", Output.Properties, ct));
        return new Command("device", "Devices.")
        {
            Leaf("list", "Devices, their state and what they hold.", HttpMethod.Get, "/v1/devices", answer =>
                Output.Table(
                    answer.GetProperty("devices"), "id", "silo", "path", "tier", "state", "fragments", "usedBytes", "capacityBytes")),
            drain,
            remove,
        };
    }

    private static Uri? ParseEndpoint(ArgumentResult result)
    {
        var text = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme is "http" or "https"))
        {
            return uri;
        }

        result.AddError($"--endpoint takes an http or https address, not '{text}'.");
        return null;
    }

    private static string Escape(string? value) => Uri.EscapeDataString(value ?? "");

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
            Show(result, answer, show);
            return ExitCodes.Done;
        }
        catch (CliException e)
        {
            await Console.Error.WriteLineAsync($"ostor: {e.Message}");
            return e.ExitCode;
        }
    }

    private void Show(ParseResult result, JsonElement answer, Action<JsonElement> show) =>
        (result.GetValue(_output) == "json" ? Output.Json : show)(answer);
}
