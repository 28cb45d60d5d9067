namespace Orleans.Concurrency;

/// <summary>A value that sender and receiver promise not to change, and so may share.</summary>
[GenerateSerializer, Immutable]
public readonly struct Immutable<T>
{
    [Id(0)]
#pragma warning disable CA1051 // The field is the API of Orleans.
    public readonly T Value;
#pragma warning restore CA1051

    public Immutable(T value) => Value = value;
}

public static class ImmutableExtensions
{
    public static Immutable<T> AsImmutable<T>(this T value) => new(value);
}
