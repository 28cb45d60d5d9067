using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Orleans.Cluster;

/// <summary>Finds the grains of the application: in loaded assemblies and in those beside them that use the engine.</summary>
internal static class ApplicationParts
{
    private static readonly Lazy<(Type[] Classes, Type[] Interfaces)> Types = new(Find);

    public static void Fill(GrainTypeOptions options)
    {
        options.Classes.UnionWith(Types.Value.Classes);
        options.Interfaces.UnionWith(Types.Value.Interfaces);
    }

    private static (Type[] Classes, Type[] Interfaces) Find()
    {
        var types = Assemblies().SelectMany(TypesOf).ToList();
        return (
            [.. types.Where(type => type is { IsClass: true, IsAbstract: false } && IsGrainClass(type))],
            [.. types.Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))]);
    }

    private static bool IsGrainClass(Type type) =>
        (typeof(IGrainBase).IsAssignableFrom(type) || typeof(IGrain).IsAssignableFrom(type)) && !typeof(GrainReference).IsAssignableFrom(type);

    private static IEnumerable<Assembly> Assemblies()
    {
        var own = typeof(ApplicationParts).Assembly;
        foreach (var path in Directory.EnumerateFiles(AppContext.BaseDirectory, "*.dll"))
        {
            if (ReferencesEngine(path, own.GetName().Name!))
            {
                Assembly.Load(AssemblyName.GetAssemblyName(path));
            }
        }

        return AppDomain.CurrentDomain.GetAssemblies()
            .Where(assembly => !assembly.IsDynamic
                && (assembly == own || Array.Exists(assembly.GetReferencedAssemblies(), name => name.Name == own.GetName().Name)))
            .OrderBy(assembly => assembly.FullName, StringComparer.Ordinal);
    }

    private static bool ReferencesEngine(string path, string engine)
    {
        try
        {
            using var file = new PEReader(File.OpenRead(path));
            if (!file.HasMetadata)
            {
                return false;
            }

            var metadata = file.GetMetadataReader();
            return metadata.IsAssembly && metadata.AssemblyReferences
                .Any(handle => metadata.StringComparer.Equals(metadata.GetAssemblyReference(handle).Name, engine));
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }

    private static Type[] TypesOf(Assembly assembly)
    {
        try
        {
            return assembly.GetTypes();
        }
        catch (ReflectionTypeLoadException partial)
        {
            return [.. partial.Types.OfType<Type>()];
        }
    }
}
