namespace OrleansStorage.Metadata.Migrations;

/// <summary>One step of the schema. Never changed once it was released; what changes comes in the next one.</summary>
/// <param name="Version">1, 2, 3, …</param>
/// <param name="MinCompatibleVersion">The lowest version whose program may still open the store after this step.</param>
/// <param name="FileName">The script's resource.</param>
internal sealed record Migration(int Version, int MinCompatibleVersion, string FileName)
{
    /// <summary>The table in which each store keeps the steps it has taken.</summary>
    public const string VersionTable =
        "CREATE TABLE IF NOT EXISTS schema_version "
        + "(version {int64} NOT NULL, min_compatible_version {int64} NOT NULL, PRIMARY KEY (version)){rowid};";

    /// <summary>The last step's version, and the lowest that may open the store; no row before the first.</summary>
    public const string ReadVersion =
        "SELECT version, min_compatible_version FROM schema_version ORDER BY version DESC LIMIT 1";

    /// <summary>Every step, in order.</summary>
    public static IReadOnlyList<Migration> All { get; } = [new(1, 1, "0001-tables.sql"), new(2, 2, "0002-pools.sql")];

    /// <summary>The statements of this step, and the one that notes it.</summary>
    public string Script(SqlDialect dialect)
    {
        using var stream = typeof(Migration).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"The migration '{FileName}' is not in the assembly.");
        using var reader = new StreamReader(stream);
        return dialect.Translate(reader.ReadToEnd())
            + $"\nINSERT INTO schema_version (version, min_compatible_version) VALUES ({Version}, {MinCompatibleVersion});\n";
    }

    /// <summary>The steps that a store of a version still needs.</summary>
    /// <exception cref="MetadataSchemaException">The store was made by a program that this one cannot follow.</exception>
    public static IEnumerable<Migration> Needed(long version, long minCompatibleVersion)
    {
        var known = All[^1].Version;
        return minCompatibleVersion <= known
            ? All.Where(migration => migration.Version > version)
            : throw new MetadataSchemaException(version, minCompatibleVersion, known);
    }
}
