using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Orleans.Serialization;

namespace Orleans.Messages;

/// <summary>
/// An exception as another silo receives it: type, message, inner exception, HResult, data and stack trace; members
/// only of types with [GenerateSerializer].
/// </summary>
internal static class ExceptionCopier
{
    private static readonly string[] SupportedNamespaces = ["System", "Microsoft", "Azure"];

    private static readonly FieldInfo Message = Field("_message");
    private static readonly FieldInfo Inner = Field("_innerException");

    public static Exception Copy(Exception original)
    {
        if (original is AggregateException aggregate)
        {
            return Finish(original, new AggregateException(aggregate.Message, aggregate.InnerExceptions.Select(Copy)));
        }

        var type = original.GetType();
        var members = MessageTypes.MembersOf(type);
        if (members is null && !SupportedNamespaces.Any(prefix => type.Namespace?.StartsWith(prefix, StringComparison.Ordinal) == true))
        {
            return new CodecNotFoundException($"Could not find a codec for type {type}.");
        }

        var copy = (Exception)RuntimeHelpers.GetUninitializedObject(type);
        Message.SetValue(copy, original.Message);
        Inner.SetValue(copy, original.InnerException is { } inner ? Copy(inner) : null);
        foreach (var member in members ?? [])
        {
            member.SetValue(copy, MessageTypes.CopyBoxed(member.GetValue(original)));
        }

        return Finish(original, copy);
    }

    private static Exception Finish(Exception original, Exception copy)
    {
        copy.HResult = original.HResult;
        foreach (System.Collections.DictionaryEntry entry in original.Data)
        {
            copy.Data[entry.Key] = entry.Value;
        }

        return original.StackTrace is { } trace ? ExceptionDispatchInfo.SetRemoteStackTrace(copy, trace) : copy;
    }

    private static FieldInfo Field(string name) =>
        typeof(Exception).GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)
        ?? throw new MissingFieldException(nameof(Exception), name);
}
