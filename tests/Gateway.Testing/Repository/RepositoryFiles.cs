namespace Gateway.Testing;

/// <summary>Reads files of this repository.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <returns>Paths relative to the root, sorted, with slashes.</returns>
    public static IReadOnlyList<string> In(string folder, string pattern) =>
    [
        .. Directory.EnumerateFiles(PathOf(folder), pattern, SearchOption.AllDirectories)
            .Select(static path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Gateway.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("These tests run inside the repository.");
        }

        return directory.FullName;
    }
}
