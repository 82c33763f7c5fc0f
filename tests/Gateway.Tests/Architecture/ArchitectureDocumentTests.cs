namespace Gateway.Tests;

/// <summary>docs/architecture.md names files that exist, and its walks stay within the limits of the design.</summary>
public sealed class ArchitectureDocumentTests
{
    [Fact]
    public void Every_file_of_a_walk_exists() =>
        Assert.All(Walk(), static path => Assert.True(File.Exists(RepositoryFiles.PathOf("src/Gateway/" + path)), path));

    [Theory]
    [InlineData("A warm GET", 20)]
    [InlineData("A healed 401", 35)]
    public void A_walk_is_short(string section, int limit) => Assert.InRange(Walk(section).Count, 1, limit);

    // The numbered rows of the tables: | 1 | `Proxy/RawTargetMiddleware.cs` | …, up to and including the section.
    private static List<string> Walk(string upTo = "A healed 401")
    {
        var sections = RepositoryFiles.Read("docs/architecture.md").Split("\n## ").Skip(1).ToList();
        var last = sections.FindIndex(section => section.StartsWith(upTo, StringComparison.Ordinal));
        return
        [
            .. sections.Take(last + 1).SelectMany(static section => section.Split('\n'))
                .Select(static line => line.Split('|')).Where(static cells => cells.Length > 3 && int.TryParse(cells[1], out _))
                .Select(static cells => cells[2].Trim().Trim('`')),
        ];
    }
}
