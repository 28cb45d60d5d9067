using System.Globalization;
using OrleansStorage.S3.Errors;

namespace OrleansStorage.S3.Operations;

/// <summary>The numbers of parts.</summary>
internal static class PartNumbers
{
    /// <summary>Greatest number of a part, and most parts of an object.</summary>
    public const int Max = 10_000;

    /// <summary>Reads a part number.</summary>
    /// <exception cref="S3Exception">InvalidArgument.</exception>
    public static int Parse(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= Max
            ? number
            : throw S3Exception.Argument(
                "partNumber", text ?? "", $"Part number must be an integer between 1 and {Max}, inclusive");
}
