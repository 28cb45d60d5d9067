using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace Orleans.Messages;

/// <summary>Generates the copy function of a [GenerateSerializer] type: a new instance, then member after member.</summary>
internal static class MemberCopierEmitter
{
    private static readonly MethodInfo TryGet = typeof(CopyContext).GetMethod(nameof(CopyContext.TryGet))!;
    private static readonly MethodInfo Record = typeof(CopyContext).GetMethod(nameof(CopyContext.Record))!;
    private static readonly MethodInfo Create = typeof(MemberCopierEmitter).GetMethod(nameof(NewInstance), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static Func<T, CopyContext, T> Emit<T>(IReadOnlyList<FieldInfo> members)
    {
        var type = typeof(T);
        var method = new DynamicMethod($"Copy_{type.Name}", type, [type, typeof(CopyContext)], typeof(MemberCopierEmitter).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        var copy = il.DeclareLocal(type);
        if (type.IsValueType)
        {
            // A struct keeps only the members that travel, as on the wire.
            il.Emit(OpCodes.Ldloca, copy);
            il.Emit(OpCodes.Initobj, type);
        }
        else
        {
            EmitNewInstance(il, type, copy);
        }

        foreach (var member in members)
        {
            il.Emit(type.IsValueType ? OpCodes.Ldloca : OpCodes.Ldloc, copy);
            il.Emit(type.IsValueType ? OpCodes.Ldarga : OpCodes.Ldarg, (short)0);
            il.Emit(OpCodes.Ldfld, member);
            if (!MessageTypes.IsSharedMember(member))
            {
                il.Emit(OpCodes.Ldarg_1);
                il.Emit(OpCodes.Call, typeof(Copier<>).MakeGenericType(member.FieldType)
                    .GetMethod("Copy", [member.FieldType, typeof(CopyContext)])!);
            }

            il.Emit(OpCodes.Stfld, member);
        }

        il.Emit(OpCodes.Ldloc, copy);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<T, CopyContext, T>>();
    }

    private static void EmitNewInstance(ILGenerator il, Type type, LocalBuilder copy)
    {
        var unknown = il.DefineLabel();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloca, copy);
        il.Emit(OpCodes.Callvirt, TryGet.MakeGenericMethod(type));
        il.Emit(OpCodes.Brfalse, unknown);
        il.Emit(OpCodes.Ldloc, copy);
        il.Emit(OpCodes.Ret);
        il.MarkLabel(unknown);
        if (type.GetConstructor(BindingFlags.Instance | BindingFlags.Public, Type.EmptyTypes) is { } constructor)
        {
            il.Emit(OpCodes.Newobj, constructor);
        }
        else
        {
            il.Emit(OpCodes.Call, Create.MakeGenericMethod(type));
        }

        il.Emit(OpCodes.Stloc, copy);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, copy);
        il.Emit(OpCodes.Callvirt, Record);
    }

    private static T NewInstance<T>() => (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
}
