using System.Security.Cryptography;
using OrleansStorage.Conformance.Tools;

namespace OrleansStorage.Conformance.Trees;

/// <summary>A folder of files to store: real ones, and ones whose names and sizes are awkward.</summary>
internal static class FileTree
{
    private const int RealFileBytesMax = 200_000;

    /// <summary>Names that tools and servers get wrong: spaces, XML, URL and shell characters, several scripts.</summary>
    private static readonly string[] s_awkwardNames =
    [
        "with space", " leading space", "trailing space ", "two  spaces", "plus+plus", "percent%20not-a-space", "100%",
        "a&b<c>d", "quote'single", "semi;colon", "equals=sign", "hash#tag", "question-mark-less", "at@sign",
        "comma,and(parens)", "[brackets]{braces}", "tilde~", ".hidden", "..two dots", "dollar$HOME", "back`tick",
        "exclamation!", "caret^", "pipe|less", "übergröße", "café", "cafe\u0301", "日本語のファイル", "русский файл",
        "ελληνικά", "עברית", "emoji-😀-🚀", "zero\u200bwidth", "𝒎𝒂𝒕𝒉", "한국어", "ﬁ-ligature", "İstanbul",
    ];

    /// <summary>Sizes around the limits of buffers, parts and blobs.</summary>
    private static readonly int[] s_awkwardSizes =
    [
        0, 1, 2, 511, 512, 513, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072, (1 << 20) - 1, 1 << 20, (1 << 20) + 1,
        (4 << 20) - 1, 4 << 20, (4 << 20) + 1, (8 << 20) - 1, 8 << 20, (8 << 20) + 1, 33 << 20,
    ];

    /// <summary>Fills an empty folder: real files as far as there are, awkward ones, and small ones up to the number.</summary>
    public static void Create(string folder, int files, int seed)
    {
        var written = CopyRealFiles(DotnetHost.InstallationFolder, Path.Combine(folder, "real"), files - 600);
        written += WriteAwkwardFiles(Path.Combine(folder, "awkward"), (ulong)seed);
        var random = TestSeed.Create(seed);
        for (; written < files; written++)
        {
            var name = $"level {random.Next(4)}/ε{random.Next(5)}/deep/{random.Next(3)}/file-{written}.bin";
            WriteFile(Path.Combine(folder, "small", name), (ulong)(seed + written), random.Next(3000));
        }
    }

    /// <summary>Only the awkward files.</summary>
    public static int CreateAwkward(string folder, int seed) => WriteAwkwardFiles(folder, (ulong)seed);

    /// <summary>Writes one file and the folders above it.</summary>
    public static void WriteFile(string path, ulong seed, int sizeBytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Payload.Create(seed, sizeBytes));
    }

    /// <summary>Every file below a folder, by its path with '/', and the SHA-256 of its content.</summary>
    public static SortedDictionary<string, string> Describe(string folder)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var stream = File.OpenRead(path);
            files[Path.GetRelativePath(folder, path).Replace('\\', '/')] =
                $"{stream.Length}:{Convert.ToHexStringLower(SHA256.HashData(stream))}";
        }

        return files;
    }

    private static int CopyRealFiles(string source, string destination, int count)
    {
        var copied = 0;
        var candidates = Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories)
            .Where(path => new FileInfo(path).Length <= RealFileBytesMax)
            .Order(StringComparer.Ordinal)
            .Take(count);
        foreach (var path in candidates)
        {
            var target = Path.Combine(destination, Path.GetRelativePath(source, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
            copied++;
        }

        return copied;
    }

    private static int WriteAwkwardFiles(string folder, ulong seed)
    {
        var names = s_awkwardNames.Where(MayBeAFileName).ToList();
        for (var i = 0; i < names.Count; i++)
        {
            // The name serves as a file and as a folder.
            WriteFile(Path.Combine(folder, "names", names[i] + ".txt"), seed + (ulong)i, 10 + i);
            WriteFile(Path.Combine(folder, "folders", names[i], names[i]), seed + (ulong)i, 50 + i);
        }

        foreach (var size in s_awkwardSizes)
        {
            WriteFile(Path.Combine(folder, "sizes", $"{size}.bin"), seed + (ulong)size, size);
        }

        return (2 * names.Count) + s_awkwardSizes.Length;
    }

    private static bool MayBeAFileName(string name) =>
        !OperatingSystem.IsWindows() || (name.IndexOfAny(Path.GetInvalidFileNameChars()) < 0 && name.Trim() == name);
}
