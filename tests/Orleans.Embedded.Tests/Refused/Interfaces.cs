// Grain interfaces that Orleans could not serve; each is refused at start-up for the reason in its name.
namespace Orleans.Embedded.Tests.Refused;

public sealed class Unmarked
{
    public int Number { get; set; }
}

[GenerateSerializer]
public sealed class Forgetful
{
    [Id(0)]
    public int Kept { get; set; }

    public int Lost { get; set; }
}

[GenerateSerializer]
public sealed class Ambiguous
{
    [Id(0)]
    public int First { get; set; }

    [Id(0)]
    public int Second { get; set; }
}

public interface INoSerializer : IGrainWithStringKey
{
    Task SendAsync(Unmarked value);
}

public interface INoSerializerInside : IGrainWithStringKey
{
    Task SendAsync(Dictionary<string, List<Unmarked?>> value);
}

public interface INoSerializerInResult : IGrainWithStringKey
{
    ValueTask<Unmarked[]> GetAsync();
}

public interface INoId : IGrainWithStringKey
{
    Task SendAsync(Forgetful value);
}

public interface ISameId : IGrainWithStringKey
{
    Task SendAsync(Ambiguous value);
}

public interface ISynchronous : IGrainWithStringKey
{
    int Get();
}

public interface IDelegate : IGrainWithStringKey
{
    Task SendAsync(Action value);
}

public interface IStream : IGrainWithStringKey
{
    Task SendAsync(System.IO.MemoryStream value);
}

public interface IProperty : IGrainWithStringKey
{
    Task<int> Value { get; }
}

public interface IGenericMethod : IGrainWithStringKey
{
    Task SendAsync<T>(T value);
}

public interface IOfObserver : IGrainObserver
{
    Task SendAsync(Unmarked value);
}
