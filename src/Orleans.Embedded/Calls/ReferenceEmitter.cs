using System.Reflection;
using System.Reflection.Emit;
using Orleans.Cluster;
using Orleans.Messages;
using Orleans.Runtime;

namespace Orleans.Calls;

/// <summary>Generates the typed reference of an interface and the request class of each of its methods.</summary>
/// <remarks>
/// <code>
/// class IFooReference : GrainReference, IFoo {
///     Task&lt;R&gt; M(A a, CancellationToken t) => SendTaskOf&lt;R&gt;(new IFoo_M { a0 = copy of a, CallerToken = t });
/// }
/// class IFoo_M : TaskRequest&lt;R&gt; {
///     static GrainMethodModel model;
///     Task&lt;R&gt; Call(object target) => ((IFoo)target).M(a0, CalleeToken);
/// }
/// </code>
/// </remarks>
internal static class ReferenceEmitter
{
    private const BindingFlags AnyInstance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly Lock Gate = new();
    private static readonly AssemblyBuilder Assembly =
        AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("Orleans.Embedded.Generated"), AssemblyBuilderAccess.Run);

    private static readonly ModuleBuilder Module = Assembly.DefineDynamicModule("Generated");
    private static readonly ConstructorInfo IgnoreAccess = DefineIgnoreAccessAttribute();
    private static readonly HashSet<string> OpenedAssemblies = [];
    private static readonly Dictionary<MethodInfo, Type> Requests = [];
    private static int s_count;

    public static Func<RuntimeNode, GrainInterfaceModel, GrainId, GrainReference> Emit(Type interfaceType)
    {
        lock (Gate)
        {
            Open(interfaceType);
            Type[] parameters = [typeof(RuntimeNode), typeof(GrainInterfaceModel), typeof(GrainId)];
            var type = Module.DefineType(NewName(interfaceType.Name), TypeAttributes.Class | TypeAttributes.Sealed, typeof(GrainReference), [interfaceType]);
            EmitConstructor(type, parameters);
            foreach (var method in GrainInterfaceModel.MethodsOf(interfaceType))
            {
                EmitMethod(type, method, RequestOf(method));
            }

            var constructor = type.CreateType().GetConstructor(AnyInstance, parameters)!;
            var create = new DynamicMethod("Create", typeof(GrainReference), parameters, typeof(ReferenceEmitter).Module, skipVisibility: true);
            var il = create.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Ldarg_2);
            il.Emit(OpCodes.Newobj, constructor);
            il.Emit(OpCodes.Ret);
            return create.CreateDelegate<Func<RuntimeNode, GrainInterfaceModel, GrainId, GrainReference>>();
        }
    }

    private static string NewName(string name) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{name}_{s_count++}");

    private static void EmitConstructor(TypeBuilder type, Type[] parameters)
    {
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, parameters);
        var il = constructor.GetILGenerator();
        for (short argument = 0; argument <= 3; argument++)
        {
            il.Emit(OpCodes.Ldarg, argument);
        }

        il.Emit(OpCodes.Call, typeof(GrainReference).GetConstructor(AnyInstance, parameters)!);
        il.Emit(OpCodes.Ret);
    }

    private static void EmitMethod(TypeBuilder type, MethodInfo method, Type request)
    {
        var parameters = method.GetParameters();
        var implementation = type.DefineMethod(
            $"{method.DeclaringType!.Name}.{method.Name}",
            MethodAttributes.Private | MethodAttributes.Virtual | MethodAttributes.Final | MethodAttributes.HideBySig | MethodAttributes.NewSlot,
            method.ReturnType,
            [.. parameters.Select(parameter => parameter.ParameterType)]);
        var il = implementation.GetILGenerator();
        var local = il.DeclareLocal(request);
        il.Emit(OpCodes.Newobj, request.GetConstructor(Type.EmptyTypes)!);
        il.Emit(OpCodes.Stloc, local);
        EmitArguments(il, parameters, request, local);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldloc, local);
        il.Emit(OpCodes.Call, SenderOf(method.ReturnType));
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(implementation, method);
    }

    private static void EmitArguments(ILGenerator il, ParameterInfo[] parameters, Type request, LocalBuilder local)
    {
        LocalBuilder? context = null;
        foreach (var parameter in parameters)
        {
            var type = parameter.ParameterType;
            il.Emit(OpCodes.Ldloc, local);
            il.Emit(OpCodes.Ldarg, (short)(parameter.Position + 1));
            if (type == typeof(CancellationToken))
            {
                il.Emit(OpCodes.Call, typeof(GrainRequest).GetProperty(nameof(GrainRequest.CallerToken))!.SetMethod!);
                continue;
            }

            if (!MessageTypes.IsShared(type) && !parameter.IsDefined(typeof(ImmutableAttribute)))
            {
                if (context is null)
                {
                    context = il.DeclareLocal(typeof(CopyContext));
                    il.Emit(OpCodes.Newobj, typeof(CopyContext).GetConstructor(Type.EmptyTypes)!);
                    il.Emit(OpCodes.Stloc, context);
                }

                il.Emit(OpCodes.Ldloc, context);
                il.Emit(OpCodes.Call, typeof(Copier<>).MakeGenericType(type).GetMethod("Copy", [type, typeof(CopyContext)])!);
            }

            il.Emit(OpCodes.Stfld, request.GetField(FieldName(parameter))!);
        }
    }

    private static Type RequestOf(MethodInfo method)
    {
        if (Requests.TryGetValue(method, out var known))
        {
            return known;
        }

        Open(method.DeclaringType!);
        foreach (var parameter in method.GetParameters())
        {
            Open(parameter.ParameterType);
        }

        Open(method.ReturnType);
        var baseType = RequestBaseOf(method.ReturnType);
        var type = Module.DefineType(NewName($"{method.DeclaringType!.Name}_{method.Name}"), TypeAttributes.Class | TypeAttributes.Sealed | TypeAttributes.Public, baseType);
        type.DefineDefaultConstructor(MethodAttributes.Public);
        var model = type.DefineField("Model", typeof(GrainMethodModel), FieldAttributes.Static | FieldAttributes.Public);
        EmitModel(type, model);
        EmitCall(type, method, baseType.GetMethod("Call", AnyInstance)!);

        var created = type.CreateType();
        var instance = new GrainMethodModel(method);
        foreach (var parameter in method.GetParameters())
        {
            instance.Arguments[parameter.Position] = created.GetField(FieldName(parameter));
        }

        created.GetField("Model")!.SetValue(null, instance);
        Requests[method] = created;
        return created;
    }

    private static void EmitModel(TypeBuilder type, FieldBuilder model)
    {
        var getter = typeof(GrainRequest).GetProperty(nameof(GrainRequest.Model))!.GetMethod!;
        var implementation = type.DefineMethod("get_Model", MethodAttributes.Public | MethodAttributes.Virtual | MethodAttributes.HideBySig, getter.ReturnType, []);
        var il = implementation.GetILGenerator();
        il.Emit(OpCodes.Ldsfld, model);
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(implementation, getter);
    }

    private static void EmitCall(TypeBuilder type, MethodInfo method, MethodInfo declaration)
    {
        var implementation = type.DefineMethod("Call", MethodAttributes.Family | MethodAttributes.Virtual | MethodAttributes.HideBySig, declaration.ReturnType, [typeof(object)]);
        var il = implementation.GetILGenerator();
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Castclass, method.DeclaringType!);
        foreach (var parameter in method.GetParameters())
        {
            il.Emit(OpCodes.Ldarg_0);
            if (parameter.ParameterType == typeof(CancellationToken))
            {
                il.Emit(OpCodes.Call, typeof(GrainRequest).GetProperty(nameof(GrainRequest.CalleeToken))!.GetMethod!);
            }
            else
            {
                il.Emit(OpCodes.Ldfld, type.DefineField(FieldName(parameter), parameter.ParameterType, FieldAttributes.Public));
            }
        }

        il.Emit(OpCodes.Callvirt, method);
        il.Emit(OpCodes.Ret);
        type.DefineMethodOverride(implementation, declaration);
    }

    private static string FieldName(ParameterInfo parameter) => "a" + parameter.Position.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Type RequestBaseOf(Type returnType)
    {
        if (returnType == typeof(void))
        {
            return typeof(VoidRequest);
        }

        if (!returnType.IsGenericType)
        {
            return returnType == typeof(Task) ? typeof(TaskRequest) : typeof(ValueTaskRequest);
        }

        var definition = returnType.GetGenericTypeDefinition() == typeof(Task<>) ? typeof(TaskRequest<>) : typeof(ValueTaskRequest<>);
        return definition.MakeGenericType(returnType.GetGenericArguments());
    }

    private static MethodInfo SenderOf(Type returnType)
    {
        if (returnType == typeof(void))
        {
            return Sender(nameof(GrainReference.SendVoid));
        }

        if (!returnType.IsGenericType)
        {
            return Sender(returnType == typeof(Task) ? nameof(GrainReference.SendTask) : nameof(GrainReference.SendValueTask));
        }

        var name = returnType.GetGenericTypeDefinition() == typeof(Task<>) ? nameof(GrainReference.SendTaskOf) : nameof(GrainReference.SendValueTaskOf);
        return Sender(name).MakeGenericMethod(returnType.GetGenericArguments());

        static MethodInfo Sender(string name) => typeof(GrainReference).GetMethod(name, AnyInstance)!;
    }

    // Grain interfaces and messages may be internal to their assemblies, as they may be with Orleans' generated source.
    private static void Open(Type type)
    {
        foreach (var argument in type.GetGenericArguments())
        {
            Open(argument);
        }

        var assembly = (type.HasElementType ? type.GetElementType()! : type).Assembly.GetName().Name!;
        if (OpenedAssemblies.Add(assembly))
        {
            Assembly.SetCustomAttribute(new CustomAttributeBuilder(IgnoreAccess, [assembly]));
        }
    }

    private static ConstructorInfo DefineIgnoreAccessAttribute()
    {
        var type = Module.DefineType("System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute", TypeAttributes.Class | TypeAttributes.Public, typeof(Attribute));
        var constructor = type.DefineConstructor(MethodAttributes.Public, CallingConventions.HasThis, [typeof(string)]);
        var il = constructor.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Call, typeof(Attribute).GetConstructor(AnyInstance, Type.EmptyTypes)!);
        il.Emit(OpCodes.Ret);
        var usage = typeof(AttributeUsageAttribute);
        type.SetCustomAttribute(new CustomAttributeBuilder(
            usage.GetConstructor([typeof(AttributeTargets)])!, [AttributeTargets.Assembly], [usage.GetProperty(nameof(AttributeUsageAttribute.AllowMultiple))!], [true]));
        return type.CreateType().GetConstructor([typeof(string)])!;
    }
}
