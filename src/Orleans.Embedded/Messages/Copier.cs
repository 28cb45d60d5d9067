namespace Orleans.Messages;

/// <summary>Copies values of the declared type <typeparamref name="T"/>, whatever their type at run time.</summary>
internal static class Copier<T>
{
    /// <summary>Values are handed over without a copy.</summary>
    public static readonly bool IsShared = MessageTypes.IsShared(typeof(T));

    private static Func<T, CopyContext, T>? s_exact;

    public static T Copy(T value) => IsShared || value is null ? value : Copy(value, new CopyContext());

    public static T Copy(T value, CopyContext context)
    {
        if (IsShared || value is null)
        {
            return value;
        }

        return typeof(T).IsValueType || value.GetType() == typeof(T)
            ? CopyExact(value, context)
            : (T)MessageTypes.CopyPolymorphic(value, typeof(T), context);
    }

    /// <summary>Copies a value whose type is exactly <typeparamref name="T"/>.</summary>
    public static T CopyExact(T value, CopyContext context) => (s_exact ??= ExactCopiers.Build<T>())(value, context);
}
