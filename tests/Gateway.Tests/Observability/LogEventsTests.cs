using System.Reflection;
using System.Text.RegularExpressions;

using Gateway.Observability;

namespace Gateway.Tests.Observability;

/// <summary>docs/log-events.md lists every log event: alerts and runbooks depend on the numbers.</summary>
public sealed partial class LogEventsTests
{
    private static readonly IReadOnlyList<LogEvent> Events =
    [
        .. from type in typeof(GatewayMetrics).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           orderby message.EventId
           select new LogEvent(message.EventId, message.Level, $"{type.DeclaringType!.Name}.{method.Name}", message.Message),
    ];

    [Fact]
    public void Every_event_has_a_unique_number_in_the_range_of_its_folder()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(
            Events.GroupBy(static one => one.Id).Where(static same => same.Count() > 1).Select(static same => string.Join(", ", same)));
        Assert.All(Events, static one => Assert.InRange(one.Id, 1000, 6999));
    }

    [Fact]
    public async Task The_document_lists_exactly_the_existing_events()
    {
        var text = await File.ReadAllTextAsync(RepositoryFiles.PathOf("docs/log-events.md"), TestContext.Current.CancellationToken);
        var documented = Row().Matches(text).Select(static match => match.Value.TrimEnd()).ToList();
        Assert.Equal(Events.Select(static one => one.ToString()), documented);
    }

    [Fact]
    public void Every_operation_of_the_store_is_announced() => Assert.Equal(
        StoreOperations.All.Order(StringComparer.Ordinal),
        RepositoryFiles.In("src/Gateway/Store", "*.cs")
            .SelectMany(static file => Operation().Matches(RepositoryFiles.Read(file)).Select(static match => match.Groups["word"].Value))
            .Distinct().Order(StringComparer.Ordinal));

    [GeneratedRegex(@"^\| \d{4} \|.*$", RegexOptions.Multiline, 1000)]
    private static partial Regex Row();

    [GeneratedRegex("""(?:Run\w*Async|StoreOperation)\(\s*"(?<word>\w+)",""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Operation();

    private sealed record LogEvent(int Id, LogLevel Level, string Name, string Message)
    {
        public override string ToString() => $"| {Id} | {Level} | `{Name}` | {Message} |";
    }
}
