using Xunit;

namespace OrleansStorage.Conformance.S3Tools;

/// <summary>Compares trees and says how they differ.</summary>
internal static class TreeAssert
{
    private const int Shown = 20;

    public static void Same(IReadOnlyDictionary<string, string> expected, IReadOnlyDictionary<string, string> actual)
    {
        var missing = expected.Keys.Except(actual.Keys).Select(path => $"missing: {path}");
        var extra = actual.Keys.Except(expected.Keys).Select(path => $"extra: {path}");
        var different = expected
            .Where(file => actual.TryGetValue(file.Key, out var other) && other != file.Value)
            .Select(file => $"differs: {file.Key}: {file.Value} became {actual[file.Key]}");
        var all = missing.Concat(extra).Concat(different).ToList();
        Assert.True(
            all.Count == 0,
            $"{all.Count} of {expected.Count} files:{Environment.NewLine}{string.Join(Environment.NewLine, all.Take(Shown))}");
    }
}
