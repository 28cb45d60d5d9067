using System.Text.Json;
using Spectre.Console;

namespace OrleansStorage.Cli;

/// <summary>Shows an answer: as it came, or as a table for people.</summary>
internal static class Output
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    // What a program reads must not be cut to the width of a terminal that is not there.
    private const int WidthForPrograms = 1000;

    public static void Json(JsonElement answer) => Console.Out.WriteLine(JsonSerializer.Serialize(answer, Indented));

    /// <summary>A table with a row for each element and a column for each named property.</summary>
    public static void Table(JsonElement elements, params string[] properties)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var property in properties)
        {
            table.AddColumn(property);
        }

        foreach (var element in elements.EnumerateArray())
        {
            table.AddRow([.. properties.Select(name => Markup.Escape(Text(element, name)))]);
        }

        Write(table);
    }

    /// <summary>One line for each property.</summary>
    public static void Properties(JsonElement answer)
    {
        var grid = new Grid().AddColumn().AddColumn();
        foreach (var property in answer.EnumerateObject())
        {
            grid.AddRow(Markup.Escape(property.Name), Markup.Escape(property.Value.ToString()));
        }

        Write(grid);
    }

    private static void Write(Spectre.Console.Rendering.IRenderable content)
    {
        if (Console.IsOutputRedirected)
        {
            AnsiConsole.Profile.Width = WidthForPrograms;
        }

        AnsiConsole.Write(content);
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) ? value.ToString() : "";
}
