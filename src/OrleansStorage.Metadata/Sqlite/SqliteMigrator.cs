using OrleansStorage.Metadata.Migrations;

namespace OrleansStorage.Metadata.Sqlite;

/// <summary>Brings the database file to this program's schema.</summary>
internal static class SqliteMigrator
{
    /// <summary>Takes the steps that are missing, all or none of them.</summary>
    /// <exception cref="MetadataSchemaException">The schema is too new for this program.</exception>
    public static void Migrate(SqliteDatabase database)
    {
        database.Run("BEGIN EXCLUSIVE");
        try
        {
            database.Execute(SqlDialect.Sqlite.Translate(Migration.VersionTable));
            var (version, minCompatibleVersion) = ReadVersion(database);
            foreach (var migration in Migration.Needed(version, minCompatibleVersion))
            {
                database.Execute(migration.Script(SqlDialect.Sqlite));
            }

            database.Run("COMMIT");
        }
        finally
        {
            if (database.IsInTransaction)
            {
                database.Run("ROLLBACK");
            }
        }
    }

    private static (long Version, long MinCompatibleVersion) ReadVersion(SqliteDatabase database)
    {
        var statement = database.Statement(Migration.ReadVersion);
        try
        {
            return statement.Step() ? (statement.Int64(), statement.Int64()) : (0, 0);
        }
        finally
        {
            statement.Reset();
        }
    }
}
