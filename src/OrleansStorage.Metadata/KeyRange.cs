namespace OrleansStorage.Metadata;

/// <summary>A range of the keys of a table, in key order.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="FromInclusive">Whether <paramref name="From"/> itself belongs to it.</param>
/// <param name="To">The first key that does not belong to it any more.</param>
public readonly record struct KeyRange<TKey>(TKey From, bool FromInclusive, TKey To)
    where TKey : notnull;
