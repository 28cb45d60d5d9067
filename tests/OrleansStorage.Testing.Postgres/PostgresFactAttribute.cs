using System.Runtime.CompilerServices;
using Xunit;

namespace OrleansStorage.Testing.Postgres;

/// <summary>A test that needs a PostgreSQL server; skipped where none can be started.</summary>
/// <remarks>The reason stands in the name of the test as well: the runner prints the names of what it skips, not the reasons.</remarks>
public sealed class PostgresFactAttribute : FactAttribute
{
    /// <summary>A test.</summary>
    /// <param name="name">The method; filled in by the compiler.</param>
    public PostgresFactAttribute([CallerMemberName] string name = "")
    {
        Skip = PostgresServer.MissingReason;
        if (Skip is not null)
        {
            DisplayName = $"{name}: {Skip}";
        }
    }
}
