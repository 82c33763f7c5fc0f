using System.Text.RegularExpressions;

namespace Gateway.Tests.Operations.Deployment;

/// <summary>The <c>Dockerfile</c>, instruction by instruction; continued lines are one.</summary>
internal static partial class Dockerfile
{
    public static IReadOnlyList<(string Name, string Arguments)> Instructions { get; } =
    [
        .. RepositoryFiles.Read("Dockerfile").Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
            .Where(static line => line.Length > 0 && line[0] != '#')
            .Select(static line => line.Split(' ', 2)).Select(static parts => (parts[0], parts[1].Trim())),
    ];

    public static IEnumerable<string> Of(string name) =>
        Instructions.Where(instruction => instruction.Name == name).Select(static instruction => instruction.Arguments);

    /// <summary>Names of the stages.</summary>
    public static IReadOnlyList<string> Stages { get; } =
        [.. Of("FROM").Select(static from => from.Split(" AS ")).Where(static parts => parts.Length == 2).Select(static parts => parts[1])];

    public static IReadOnlyDictionary<string, string> Environment { get; } = Of("ENV").SelectMany(static text => Variable().Matches(text))
        .ToDictionary(static variable => variable.Groups["name"].Value, static variable => variable.Groups["value"].Value);

    /// <summary>Ports of the listeners, from their addresses.</summary>
    public static IReadOnlySet<string> Ports { get; } =
        Environment.Values.Where(static value => value.StartsWith("http://", StringComparison.Ordinal))
        .Select(static value => value[(value.LastIndexOf(':') + 1)..]).ToHashSet();

    [GeneratedRegex(@"(?<name>\w+)=(?<value>\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Variable();
}
