using System.Text.RegularExpressions;

namespace Gateway.Tests.Architecture;

/// <summary>Clocks, waits and exceptions to the compiler's advice.</summary>
internal static partial class Habits
{
    private const int MaxPragmas = 5;

    public static IEnumerable<string> HiddenClocks(IReadOnlyList<SourceFile> files) =>
        from file in files
        where file.Path.StartsWith("src/", StringComparison.Ordinal)
        from use in Clock().Matches(file.Code).Concat(Wait().Matches(file.Code).Where(wait => !AsksClock(file.Code, wait)))
        select $"{file.Path}:{file.LineAt(use.Index)}: {use.Value} does not ask the TimeProvider";

    // Asking again in a loop is how a test waits for another thread; a wait by itself hopes.
    public static IEnumerable<string> Sleeps(IReadOnlyList<SourceFile> files) =>
        from file in files
        where file.Path.StartsWith("tests/", StringComparison.Ordinal)
        from block in SourceBlock.Of(file)
        where SleepCall().IsMatch(block.Header) && !block.Header.Contains("Timeout.Infinite", StringComparison.Ordinal) && !block.IsRepeated
        select $"{file.Path}:{file.LineAt(block.Start)}: waits for a time, not for a condition";

    public static IEnumerable<string> Pragmas(IReadOnlyList<SourceFile> files)
    {
        var pragmas = (
            from file in files
            where file.Path.StartsWith("src/", StringComparison.Ordinal)
            from match in Pragma().Matches(file.Text)
            select (Where: $"{file.Path}:{file.LineAt(match.Index)}", Line: match.Value)).ToList();
        var silent = pragmas.Where(static pragma => !pragma.Line.Contains("//", StringComparison.Ordinal)).Select(static pragma => $"{pragma.Where}: a pragma without its reason");
        return pragmas.Count > MaxPragmas ? silent.Append($"{pragmas.Count} pragmas, at most {MaxPragmas}") : silent;
    }

    // The call's arguments, up to the parenthesis that closes them.
    private static bool AsksClock(string code, Match call)
    {
        var (depth, end) = (1, call.Index + call.Length);
        for (; end < code.Length && depth > 0; end++)
        {
            depth += code[end] == '(' ? 1 : code[end] == ')' ? -1 : 0;
        }

        return ClockArgument().IsMatch(code[call.Index..end]);
    }

    [GeneratedRegex(@"\b(DateTime(Offset)?\.(Utc)?Now|DateTime\.Today|Stopwatch\.\w+|Environment\.TickCount(64)?|Thread\.Sleep|new Timer\()", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Clock();

    [GeneratedRegex(@"\b(Task\.Delay|new PeriodicTimer|new CancellationTokenSource)\((?!\))", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Wait();

    [GeneratedRegex(@"\b([Cc]lock|[Tt]imeProvider|[Tt]ime)\s*[,)]|\bTimeProvider\.System\b", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ClockArgument();

    [GeneratedRegex(@"\bTask\.Delay\(|\bThread\.Sleep\(", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SleepCall();

    [GeneratedRegex(@"#pragma warning disable.*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Pragma();
}
