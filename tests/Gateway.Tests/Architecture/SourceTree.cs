namespace Gateway.Tests.Architecture;

/// <summary>The files of this repository that people wrote.</summary>
internal static class SourceTree
{
    public static IReadOnlyList<SourceFile> Read()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Gateway.sln")))
        {
            root = root.Parent ?? throw new InvalidOperationException("These tests run inside the repository.");
        }

        return
        [
            .. new[] { "src", "tests" }
                .SelectMany(top => Directory.EnumerateFiles(Path.Combine(root.FullName, top), "*.cs", SearchOption.AllDirectories))
                .Select(path => Path.GetRelativePath(root.FullName, path).Replace('\\', '/'))
                .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(root.FullName, path)))),
        ];
    }
}
