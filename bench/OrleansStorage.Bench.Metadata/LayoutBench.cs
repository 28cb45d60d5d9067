using System.Diagnostics;
using OrleansStorage.Metadata.Migrations;
using OrleansStorage.Metadata.Rows;
using OrleansStorage.Metadata.Sqlite;
using OrleansStorage.Metadata.Tables;

namespace OrleansStorage.Bench.Metadata;

/// <summary>Which layout of the objects table SQLite should have: what puts, gets and listings cost in each.</summary>
internal static class LayoutBench
{
    private const int Readings = 20;
    private static readonly TableLayout Objects = Schema.Objects.Layout;

    public static void Run(BenchOptions options)
    {
        (string Name, string Suffix, string Index)[] layouts =
        [
            ("without rowid", " STRICT, WITHOUT ROWID", ""),
            ("rowid and key index", " STRICT", ""),
            ("rowid and covering index", " STRICT", "CREATE INDEX listing ON objects "
                + "(bucket_id, object_key, size_bytes, etag, modified_ms, owner_id, checksum_algorithm, checksum_type);"),
        ];
        var most = Math.Min(options.Rows, 200_000);
        Load[] loads =
        [
            new(Workload.RecipeBytes, most, 1_000, IsOrdered: false),
            new(Workload.RecipeBytes, most, 100, IsOrdered: false),
            new(Workload.RecipeBytes, most, 100, IsOrdered: true),
            new(30_000, 5_000, 100, IsOrdered: false),
        ];
        foreach (var load in loads)
        {
            Console.WriteLine(
                $"objects with recipes of {load.RecipeBytes:N0} B, {load.Rows:N0} rows, {load.RowsPerCommit:N0} a commit, "
                + (load.IsOrdered ? "in key order" : "keys scattered"));
            foreach (var (name, suffix, index) in layouts)
            {
                Run(name, suffix, index, load);
            }
        }
    }

    private static void Run(string name, string suffix, string index, Load load)
    {
        using var directory = new WorkDirectory();
        var path = directory.File("layout.db");
        using var database = SqliteDatabase.Open(path, 64 * 1024 * 1024, readOnly: false);
        var dialect = SqlDialect.Sqlite with { Rowid = suffix };
        database.Execute(Migration.All[0].Script(dialect).Split("INSERT INTO schema_version")[0]);
        database.Execute(index);
        var before = Environment.CpuUsage.TotalTime;
        database.TakePagesWritten();
        var written = 0L;
        for (var i = 0; i < load.Rows; i += load.RowsPerCommit)
        {
            Put(database, i, load);
            written += database.TakePagesWritten();
        }

        var put = (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / load.Rows;
        database.Checkpoint(restart: true);
        var (listing, listingPages) = Read(path, load, List);
        var (get, getPages) = Read(path, load, Get);
        var warm = WarmListing(path, load);
        Console.WriteLine(
            $"{name,-26} put {put,6:N1} µs CPU, {(double)written / load.Rows,5:N2} pages logged; list 1,000 {listing / 1000,6:N2} ms, {listingPages,6:N0} pages, warm {warm / 1000,5:N2} ms CPU; "
            + $"get {get,6:N1} µs, {getPages,4:N1} pages; {new FileInfo(path).Length / (1024.0 * 1024),6:N1} MiB");
    }

    private static void Put(SqliteDatabase database, int first, Load load)
    {
        database.Run("BEGIN");
        var buffer = new RowBuffer();
        for (var i = 0; i < load.RowsPerCommit; i++)
        {
            var row = Workload.Row(load.Key(first + i), load.RecipeBytes);
            var values = buffer.Capture(Objects, Objects.Columns.Length, writer =>
            {
                Schema.Objects.WriteKey(row.Key, writer);
                Schema.Objects.WriteValues(row, writer);
            });
            database.Statement(Objects, SqliteOperation.Put).Run(Objects, values);
        }

        database.Run("COMMIT");
    }

    /// <summary>Each reading with a connection of its own, whose page cache is empty.</summary>
    private static (double Microseconds, double Pages) Read(string path, Load load, Action<SqliteDatabase, ObjectKey> read)
    {
        var random = Workload.NewRandom(3);
        var (microseconds, pages) = (0.0, 0);
        for (var i = 0; i < Readings; i++)
        {
            using var database = SqliteDatabase.Open(path, 64 * 1024 * 1024, readOnly: true);
            read(database, new ObjectKey(0, []));
            database.TakePagesRead();
            var watch = Stopwatch.StartNew();
            read(database, load.Key(random.Next(load.Rows * 9 / 10)));
            microseconds += watch.Elapsed.TotalMicroseconds;
            pages += database.TakePagesRead();
        }

        return (microseconds / Readings, (double)pages / Readings);
    }

    private static double WarmListing(string path, Load load)
    {
        using var database = SqliteDatabase.Open(path, 256 * 1024 * 1024, readOnly: true);
        var from = load.Key(load.Rows / 2);
        List(database, from);
        var before = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Readings; i++)
        {
            List(database, from);
        }

        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds / Readings;
    }

    private static void List(SqliteDatabase database, ObjectKey from)
    {
        var statement = database.Statement(Schema.ObjectListing.Layout, SqliteOperation.ScanFrom);
        Schema.ObjectListing.WriteKey(from, statement);
        Schema.ObjectListing.WriteKey(new ObjectKey(from.BucketId + 1, []), statement);
        statement.Int64(1_000);
        while (statement.Step())
        {
            Schema.ObjectListing.Read(statement);
        }

        statement.Reset();
    }

    private static void Get(SqliteDatabase database, ObjectKey key)
    {
        var statement = database.Statement(Objects, SqliteOperation.Find);
        Schema.Objects.WriteKey(key, statement);
        if (statement.Step())
        {
            Schema.Objects.Read(statement);
        }

        statement.Reset();
    }

    private sealed record Load(int RecipeBytes, int Rows, int RowsPerCommit, bool IsOrdered)
    {
        public ObjectKey Key(long number) => IsOrdered ? Workload.OrderedKey(number) : Workload.Key(number);
    }
}
