namespace Gateway.Tests.Architecture;

/// <summary>How long files, methods and parameter lists may get.</summary>
internal static class Sizes
{
    private const int MaxFile = 250;
    private const int MaxMedianFile = 50;
    private const int MaxMethod = 50;
    private const int MaxParameters = 5;

    public static IEnumerable<string> LongFiles(IReadOnlyList<SourceFile> files) =>
        Written(files).Where(static file => file.Lines > MaxFile).Select(static file => $"{file.Path}: {file.Lines} lines, at most {MaxFile}");

    public static IEnumerable<string> LongMedian(IReadOnlyList<SourceFile> files)
    {
        var lengths = Written(files).Select(static file => file.Lines).Order().ToList();
        return lengths.Count > 0 && lengths[lengths.Count / 2] > MaxMedianFile ? [$"The median file has {lengths[lengths.Count / 2]} lines, at most {MaxMedianFile}"] : [];
    }

    public static IEnumerable<string> LongMethods(IReadOnlyList<SourceFile> files) =>
        from file in Written(files)
        from block in SourceBlock.Of(file)
        where block.IsMethod
        let lines = file.LineAt(block.End) - file.LineAt(block.Start) + 1
        where lines > MaxMethod
        select $"{file.Path}:{file.LineAt(block.Start)}: {lines} lines, at most {MaxMethod}";

    // Records are data, and their members are named where they are made.
    public static IEnumerable<string> LongConstructors(IReadOnlyList<SourceFile> files) =>
        from file in Written(files)
        from block in SourceBlock.Of(file)
        let name = ConstructedBy(block)
        where name is not null
        let count = Parameters(block.Header, name)
        where count > MaxParameters
        select $"{file.Path}:{file.LineAt(block.Start)}: {name} takes {count}, at most {MaxParameters}";

    private static IEnumerable<SourceFile> Written(IReadOnlyList<SourceFile> files) =>
        files.Where(static file => file.Path.StartsWith("src/", StringComparison.Ordinal));

    private static string? ConstructedBy(SourceBlock block) => block switch
    {
        { IsType: true } => Declarations.Name(block.Header, "class"),
        { IsMethod: true, Parent: { } type } when Declarations.Name(type.Header, "class") is { } name
            && block.Header[..block.Header.IndexOf('(', StringComparison.Ordinal)].TrimEnd().EndsWith(' ' + name, StringComparison.Ordinal) => name,
        _ => null,
    };

    private static int Parameters(string header, string name)
    {
        var open = header.IndexOf('(', header.IndexOf(name, StringComparison.Ordinal));
        if (open < 0 || header[(open + 1)..].TrimStart().StartsWith(')'))
        {
            return 0;
        }

        var (depth, count) = (0, 1);
        foreach (var c in header.AsSpan(open))
        {
            depth += c is '(' or '<' or '[' ? 1 : c is ')' or '>' or ']' ? -1 : 0;
            count += c == ',' && depth == 1 ? 1 : 0;
            if (depth == 0)
            {
                break;
            }
        }

        return count;
    }
}
