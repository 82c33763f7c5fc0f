using System.Text.RegularExpressions;

namespace Gateway.Tests.Architecture;

/// <summary>Who may know whom: folders of the gateway, and what comes from outside.</summary>
internal static partial class Layering
{
    // The root and Configuration, which put the parts together, may know all.
    private static readonly Dictionary<string, string[]> MayKnow = new()
    {
        ["Credentials"] = [],
        ["Observability"] = ["Credentials"],
        ["Routing"] = ["Credentials"],
        ["Tokens"] = ["Credentials", "Observability"],
        ["Store"] = ["Credentials", "Observability"],
        ["Forwarding"] = ["Routing", "Credentials", "Tokens", "Observability"],
        ["Onboarding"] = ["Credentials", "Tokens", "Observability"],
        ["Admin"] = ["Credentials", "Tokens", "Observability"],
        ["Configuration"] = ["Routing", "Credentials", "Tokens", "Store", "Forwarding", "Onboarding", "Admin", "Observability"],
    };

    // The first part of an outside name, and where alone it may stand: a folder, "" for the root, or one file.
    private static readonly Dictionary<string, string[]> Outside = new()
    {
        ["StackExchange"] = ["Store"],
        ["Garnet"] = ["Store"],
        ["Yarp"] = ["Forwarding", "Configuration", ""],
        ["OpenTelemetry"] = ["Observability"],
    };

    public static IEnumerable<string> BrokenArrows(IReadOnlyList<SourceFile> files) =>
        from arrow in Arrows(files)
        where !MayKnow.TryGetValue(arrow.From, out var allowed) || !allowed.Contains(arrow.To)
        select $"{arrow.File.Path}: {arrow.From} may not know {arrow.To}";

    public static IEnumerable<string> Cycles(IReadOnlyList<SourceFile> files)
    {
        var next = Arrows(files).ToLookup(static arrow => arrow.From, static arrow => arrow.To);
        return from start in next.Select(static arrows => arrows.Key)
               where Reachable(start, next).Contains(start)
               select $"{start} knows itself through others";
    }

    public static IEnumerable<string> BrokenImports(IReadOnlyList<SourceFile> files) =>
        from file in files
        where IsGateway(file)
        from use in Qualified().Matches(file.Code)
        let top = use.Groups["top"].Value
        let allowed = Outside.GetValueOrDefault(top)
        where allowed is not null && !allowed.Contains(file.Folder) && !allowed.Contains($"{file.Folder}/{file.Name}")
        select $"{file.Path}:{file.LineAt(use.Index)}: {top} stays in {string.Join(", ", allowed)}";

    public static IEnumerable<string> FrameworkInNouns(IReadOnlyList<SourceFile> files) =>
        from file in files
        where file.Folder is "Credentials" or "Routing"
        from use in Framework().Matches(file.Code)
        select $"{file.Path}:{file.LineAt(use.Index)}: {use.Value} is no business of nouns";

    private static IEnumerable<(SourceFile File, string From, string To)> Arrows(IReadOnlyList<SourceFile> files) => (
        from file in files
        where IsGateway(file) && file.Folder.Length > 0
        from use in Qualified().Matches(file.Code)
        let parts = use.Value.Split('.')
        let to = parts[0] == "Gateway" ? parts[1] : parts[0]
        where to != file.Folder && MayKnow.ContainsKey(to)
        select (file, file.Folder, to)).Distinct();

    private static HashSet<string> Reachable(string start, ILookup<string, string> next)
    {
        var reached = new HashSet<string>();
        var queue = new Queue<string>(next[start]);
        while (queue.TryDequeue(out var folder))
        {
            if (reached.Add(folder))
            {
                foreach (var further in next[folder])
                {
                    queue.Enqueue(further);
                }
            }
        }

        return reached;
    }

    private static bool IsGateway(SourceFile file) => file.Path.StartsWith("src/Gateway/", StringComparison.Ordinal);

    // A name with its namespace, wherever it stands: in a using line or in the middle of code (where Gateway. may be left out).
    [GeneratedRegex(@"(?<![\w.])(?<top>[A-Z]\w*)\.[A-Z]\w*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Qualified();

    [GeneratedRegex(@"\b(HttpContext|HttpClient|HttpRequest|ILogger|IConfiguration|IServiceCollection|IServiceProvider|Task\.Run|File|Socket)\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Framework();
}
