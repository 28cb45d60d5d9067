using System.Collections.Immutable;
using Orleans.Concurrency;
using Orleans.Placement;
using Xunit;

namespace OrleansStorage.Parity;

[GenerateSerializer, Alias("parity.mutable")]
public sealed class MutableMessage
{
    [Id(0)]
    public string Text { get; set; } = "";

    [Id(1)]
    public List<int> Numbers { get; set; } = [];

    [Id(2)]
    public MutableMessage? Next { get; set; }
}

[GenerateSerializer, Immutable, Alias("parity.immutable")]
public sealed record ImmutableMessage([property: Id(0)] string Text, [property: Id(1)] ImmutableArray<int> Numbers);

[GenerateSerializer, Alias("parity.record")]
public record RecordMessage([property: Id(0)] string Text, [property: Id(1)] List<int> Numbers);

[GenerateSerializer, Alias("parity.derived")]
public sealed record DerivedMessage(string Text, List<int> Numbers, [property: Id(0)] int Extra) : RecordMessage(Text, Numbers);

[GenerateSerializer, Alias("parity.struct")]
public readonly record struct StructMessage([property: Id(0)] int Number, [property: Id(1)] byte[] Bytes);

[GenerateSerializer]
public enum Colour
{
    Red,
    Green,
}

[GenerateSerializer, Alias("parity.everything")]
public sealed record Everything
{
    [Id(0)]
    public Dictionary<string, List<int>> Map { get; init; } = [];

    [Id(1)]
    public HashSet<Guid> Set { get; init; } = [];

    [Id(2)]
    public (int, string?)[] Tuples { get; init; } = [];

    [Id(3)]
    public DateTimeOffset? Time { get; init; }

    [Id(4)]
    public Colour Colour { get; init; }

    [Id(5)]
    public ReadOnlyMemory<byte> Bytes { get; init; }

    [Id(6)]
    public IReadOnlyList<string> Names { get; init; } = [];

    [Id(7)]
    public ImmutableDictionary<string, int> Counts { get; init; } = ImmutableDictionary<string, int>.Empty;

    [Id(8)]
    public RecordMessage? Derived { get; init; }

    [Id(9)]
    public GrainId Id { get; init; }

    [Id(10)]
    public SiloAddress? Silo { get; init; }

    [Id(11)]
    public object? Any { get; init; }
}

public interface ICopyCallerGrain : IGrainWithStringKey
{
    /// <summary>Sends each kind of value to a grain on the same silo; the names of those that arrived as the same object.</summary>
    Task<string[]> FindSharedArgumentsAsync();

    Task<string[]> FindSharedResultsAsync();

    Task<string> ChangeAfterSendingAsync();

    Task<string> SendSharedReferencesAsync();
}


public interface ICopyGrain : IGrainWithStringKey
{
    Task KeepMutableAsync(MutableMessage value);

    Task KeepImmutableAsync(ImmutableMessage value);

    Task KeepWrappedAsync(Immutable<byte[]> value);

    Task KeepBytesAsync(byte[] value);

    Task KeepMemoryAsync(ReadOnlyMemory<byte> value);

    Task KeepImmutableArrayAsync(ImmutableArray<int> value);

    Task KeepPromisedAsync([Immutable] byte[] value);

    Task<MutableMessage> GetMutableAsync();

    Task<ImmutableMessage> GetImmutableAsync();

    Task<Immutable<byte[]>> GetWrappedAsync();

    Task<byte[]> GetBytesAsync();

    Task<string> HoldThenReadAsync(MutableMessage value, string gate);

    Task<bool> AreSameAsync(MutableMessage left, MutableMessage right);

    Task<Everything> EchoAsync(Everything value);

    Task<RecordMessage> EchoRecordAsync(RecordMessage value);

    ValueTask<StructMessage> EchoStructAsync(StructMessage value);
}

/// <summary>What the receiving grain got, so that its sender can compare; both are on one silo.</summary>
public sealed class Received
{
    public static object? Last { get; set; }
}

[PreferLocalPlacement]
public sealed class CopyGrain : Grain, ICopyGrain
{
    private static readonly MutableMessage Mutable = new() { Text = "mutable" };
    private static readonly ImmutableMessage Fixed = new("immutable", [1, 2]);
    private static readonly byte[] Bytes = [1, 2, 3];

    public static object[] Sources => [Mutable, Fixed, Bytes];

    public Task KeepMutableAsync(MutableMessage value) => Keep(value);

    public Task KeepImmutableAsync(ImmutableMessage value) => Keep(value);

    public Task KeepWrappedAsync(Immutable<byte[]> value) => Keep(value.Value);

    public Task KeepBytesAsync(byte[] value) => Keep(value);

    public Task KeepMemoryAsync(ReadOnlyMemory<byte> value) =>
        Keep(System.Runtime.InteropServices.MemoryMarshal.TryGetArray(value, out var segment) ? segment.Array! : []);

    public Task KeepImmutableArrayAsync(ImmutableArray<int> value) =>
        Keep(System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsArray(value)!);

    public Task KeepPromisedAsync(byte[] value) => Keep(value);

    public Task<MutableMessage> GetMutableAsync() => Task.FromResult(Mutable);

    public Task<ImmutableMessage> GetImmutableAsync() => Task.FromResult(Fixed);

    public Task<Immutable<byte[]>> GetWrappedAsync() => Task.FromResult(Bytes.AsImmutable());

    public Task<byte[]> GetBytesAsync() => Task.FromResult(Bytes);

    public async Task<string> HoldThenReadAsync(MutableMessage value, string gate)
    {
        await Gate.Of(gate).PassAsync();
        return value.Text;
    }

    public Task<bool> AreSameAsync(MutableMessage left, MutableMessage right) =>
        Task.FromResult(ReferenceEquals(left, right) && ReferenceEquals(left.Next, left));

    public Task<Everything> EchoAsync(Everything value) => Task.FromResult(value);

    public Task<RecordMessage> EchoRecordAsync(RecordMessage value) => Task.FromResult(value);

    public ValueTask<StructMessage> EchoStructAsync(StructMessage value) => new(value);

    private static Task Keep(object value)
    {
        Received.Last = value;
        return Task.CompletedTask;
    }
}

[PreferLocalPlacement]
public sealed class CopyCallerGrain : Grain, ICopyCallerGrain
{
    private ICopyGrain Other => GrainFactory.GetGrain<ICopyGrain>($"beside {this.GetPrimaryKeyString()}");

    public async Task<string[]> FindSharedArgumentsAsync()
    {
        List<string> shared = [];
        var mutable = new MutableMessage();
        var fixedMessage = new ImmutableMessage("", [1]);
        byte[] bytes = [1];
        int[] numbers = [1];

        await Other.KeepMutableAsync(mutable);
        Note("mutable", mutable);
        await Other.KeepImmutableAsync(fixedMessage);
        Note("immutable", fixedMessage);
        await Other.KeepWrappedAsync(bytes.AsImmutable());
        Note("wrapped", bytes);
        await Other.KeepBytesAsync(bytes);
        Note("bytes", bytes);
        await Other.KeepMemoryAsync(bytes);
        Note("memory", bytes);
        await Other.KeepImmutableArrayAsync(System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(numbers));
        Note("immutable array", numbers);
        await Other.KeepPromisedAsync(bytes);
        Note("promised", bytes);
        return [.. shared];

        void Note(string name, object sent)
        {
            if (ReferenceEquals(sent, Received.Last))
            {
                shared.Add(name);
            }
        }
    }

    public async Task<string[]> FindSharedResultsAsync()
    {
        object[] results = [await Other.GetMutableAsync(), await Other.GetImmutableAsync(), await Other.GetBytesAsync(), (await Other.GetWrappedAsync()).Value];
        string[] names = ["mutable", "immutable", "bytes", "wrapped"];
        return [.. names.Where((_, index) => Array.Exists(CopyGrain.Sources, source => ReferenceEquals(source, results[index])))];
    }

    public async Task<string> ChangeAfterSendingAsync()
    {
        var gate = $"change {this.GetPrimaryKeyString()}";
        var message = new MutableMessage { Text = "as sent" };
        var call = Other.HoldThenReadAsync(message, gate);
        message.Text = "changed later";
        await Gate.Of(gate).Entered;
        Gate.Of(gate).Open();
        return await call;
    }

    public async Task<string> SendSharedReferencesAsync()
    {
        var message = new MutableMessage();
        message.Next = message;
        return $"{await Other.AreSameAsync(message, message)}";
    }
}

[Collection(SharedCluster.Name)]
public sealed class CopyTests(SharedCluster shared)
{
    private ICopyCallerGrain Caller => shared.Client.GetGrain<ICopyCallerGrain>("copy");

    [Fact]
    public async Task Arguments_AreCopiedUnlessImmutable() =>
        Assert.Equal(["immutable", "wrapped", "immutable array", "promised"], await Caller.FindSharedArgumentsAsync());

    [Fact]
    public async Task Results_AreCopiedUnlessImmutable() =>
        Assert.Equal(["immutable", "wrapped"], await Caller.FindSharedResultsAsync());

    [Fact]
    public async Task Argument_IsTheOneOfTheTimeOfTheCall() => Assert.Equal("as sent", await Caller.ChangeAfterSendingAsync());

    [Fact]
    public async Task OneObjectTwice_ArrivesAsOneObject() => Assert.Equal("True", await Caller.SendSharedReferencesAsync());

    [Fact]
    public async Task EveryKindOfMember_ComesBackEqual()
    {
        var value = new Everything
        {
            Map = new() { ["a"] = [1, 2], ["b"] = [] },
            Set = [new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)],
            Tuples = [(1, "one"), (2, null)],
            Time = new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)),
            Colour = Colour.Green,
            Bytes = new byte[] { 1, 2, 3 },
            Names = ["x", "y"],
            Counts = ImmutableDictionary<string, int>.Empty.Add("k", 3),
            Derived = new DerivedMessage("text", [7], 9),
            Id = GrainId.Create("type", "key"),
            Silo = shared.Cluster.Silos[0].SiloAddress,
            Any = new DerivedMessage("any", [], 1),
        };
        var echo = await shared.Client.GetGrain<ICopyGrain>("echo").EchoAsync(value);

        Assert.Equal(value.Map, echo.Map);
        Assert.Equal(value.Set, echo.Set);
        Assert.Equal(value.Tuples, echo.Tuples);
        Assert.Equal(value.Time, echo.Time);
        Assert.Equal(value.Colour, echo.Colour);
        Assert.Equal(value.Bytes.ToArray(), echo.Bytes.ToArray());
        Assert.Equal(value.Names, echo.Names);
        Assert.Equal(value.Counts, echo.Counts);
        var derived = Assert.IsType<DerivedMessage>(echo.Derived);
        Assert.Equal(("text", 9), (derived.Text, derived.Extra));
        Assert.Equal([7], derived.Numbers);
        Assert.Equal(value.Id, echo.Id);
        Assert.Equal(value.Silo, echo.Silo);
        Assert.Equal("any", Assert.IsType<DerivedMessage>(echo.Any).Text);
    }

    [Fact]
    public async Task DerivedRecordAndStruct_ComeBackWhole()
    {
        var grain = shared.Client.GetGrain<ICopyGrain>("records");
        var derived = Assert.IsType<DerivedMessage>(await grain.EchoRecordAsync(new DerivedMessage("d", [1], 2)));
        Assert.Equal(("d", 1, 2), (derived.Text, derived.Numbers[0], derived.Extra));
        var value = await grain.EchoStructAsync(new StructMessage(5, [6]));
        Assert.Equal((5, (byte)6), (value.Number, value.Bytes[0]));
    }
}
