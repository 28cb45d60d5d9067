using OrleansStorage.Devices.Files;
using Xunit;

namespace OrleansStorage.Devices.Tests.Files;

/// <summary>A fact for file systems that take direct writes.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DirectWriteFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> Takes = new(Try);

    public DirectWriteFactAttribute()
    {
        if (!Takes.Value)
        {
            Skip = "The file system of the temporary directory takes no direct writes.";
        }
    }

    private static bool Try()
    {
        using var directory = new TemporaryDirectory();
        var path = Path.Combine(directory.Path, "file");
        File.WriteAllBytes(path, []);
        using var writer = DirectWriter.TryOpen(path);
        return writer?.Write(0, [new byte[1 << 20]]) > 0;
    }
}
