using System.Text.RegularExpressions;

namespace Gateway.Tests.Architecture;

/// <summary>How types are declared and named.</summary>
internal static partial class Declarations
{
    public static IEnumerable<string> OpenClasses(IReadOnlyList<SourceFile> files)
    {
        var classes = from file in files
                      where file.Path.StartsWith("src/", StringComparison.Ordinal)
                      from block in SourceBlock.Of(file)
                      where block.IsType && !block.Header.Contains("struct", StringComparison.Ordinal)
                      let name = Name(block.Header, "class") ?? Name(block.Header, "record")
                      where name is not null
                      select (file, block, name);

        // One part of a partial class speaks for the others.
        return from declaration in classes
               group declaration by (declaration.file.Folder, declaration.name) into parts
               where !parts.Any(static part => Closed().IsMatch(part.block.Header))
               select $"{parts.First().file.Path}: {parts.Key.name} is neither sealed nor static nor abstract";
    }

    public static IEnumerable<string> Drawers(IReadOnlyList<SourceFile> files) =>
        from file in files
        where file.Path.StartsWith("src/", StringComparison.Ordinal)
        from block in SourceBlock.Of(file)
        where block.IsType
        let name = Regex.Match(block.Header, @"\b(?:class|struct|record|interface|enum)\s+(?:class\s+|struct\s+)?(?<name>\w+)", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups["name"].Value
        where Drawer().IsMatch(name)
        select $"{file.Path}: {name} names a drawer, not a role";

    /// <summary>The name in a header that declares a type with this keyword; null when it declares another kind.</summary>
    public static string? Name(string header, string keyword) =>
        Regex.Match(header, $@"\b{keyword}\s+(?<name>\w+)", RegexOptions.None, TimeSpan.FromSeconds(1)) is { Success: true } match ? match.Groups["name"].Value : null;

    [GeneratedRegex(@"\b(sealed|static|abstract)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Closed();

    [GeneratedRegex("(Manager|Helper|Helpers|Util|Utils|Utility|Utilities|Service|Services|Common|Base|Impl)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Drawer();
}
