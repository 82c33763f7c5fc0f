using System.Text.RegularExpressions;

using Gateway.IntegrationTests.Operations.Live;

namespace Gateway.IntegrationTests.Operations;

/// <summary>Boards, rules and code use the same metrics: queries to a real Prometheus that scraped two real gateways.</summary>
public sealed partial class LivePrometheusTests(WatchedGateways watched) : IClassFixture<WatchedGateways>
{
    private static readonly string[] Suffixes = ["_bucket", "_sum", "_count"];

    public static TheoryData<string> Boards => [.. Dashboard.Files];

    [Theory]
    [MemberData(nameof(Boards))]
    public async Task Every_query_of_a_board_returns_series(string file)
    {
        var board = Dashboard.Read(file);
        var empty = new List<string>();
        foreach (var target in board.Targets)
        {
            var series = await watched.Prometheus.QueryAsync(Substitution.Apply(target.Expression));
            if (series.Count == 0 && !KnownMetrics.MayBeEmpty.Contains((board.Uid, target.Panel)))
            {
                empty.Add($"{target.Panel}: {target.Expression}");
            }
        }

        Assert.True(empty.Count == 0, string.Join('\n', empty));
    }

    [Theory]
    [MemberData(nameof(Boards))]
    public async Task Every_annotation_query_of_a_board_is_answered(string file)
    {
        var marks = Dashboard.Read(file).Annotations.Select(static annotation => (string?)annotation["expr"]).OfType<string>().ToList();
        Assert.Equal(3, marks.Count);
        foreach (var mark in marks)
        {
            await watched.Prometheus.QueryAsync(Substitution.Apply(mark));
        }

        Assert.NotEmpty(await watched.Prometheus.QueryAsync(Substitution.Apply(marks[0])));
    }

    [Theory]
    [MemberData(nameof(Boards))]
    public async Task Every_variable_of_a_board_has_values(string file)
    {
        foreach (var variable in Dashboard.Read(file).Variables.Where(static variable => (string)variable["type"]! == "query"))
        {
            // label_values(selector, label)
            var query = (string)variable["query"]!;
            var comma = query.LastIndexOf(',');
            var selector = Substitution.Apply(query["label_values(".Length..comma]);
            Assert.NotEmpty(await watched.Prometheus.LabelValuesAsync(query[(comma + 1)..^1].Trim(), selector));
        }
    }

    [Fact]
    public async Task Every_rule_is_evaluated_without_an_error()
    {
        var rules = await watched.Prometheus.RulesAsync();
        Assert.Equal(PrometheusRules.All().Count(), rules.Count);
        Assert.All(rules, static rule => Assert.True((string)rule["health"]! == "ok", $"{rule["name"]}: {rule["lastError"]}"));
        var recorded = PrometheusRules.All().Select(static rule => (string?)rule["record"]).OfType<string>();
        foreach (var name in recorded)
        {
            Assert.True((await watched.Prometheus.QueryAsync(name)).Count > 0, name);
        }
    }

    [Fact]
    public async Task Only_the_expected_alerts_are_firing_or_pending()
    {
        // A scrape that takes longer than its second looks like a gateway that is down, until the next one.
        HashSet<string> raised = [];
        await Eventually.TrueAsync(
            async () => !(raised = await RaisedAsync())
                .Overlaps(["GatewayDown", "GatewayAbsent", "GatewayRestarts", "GatewayCrashesOnRequests"]), () => string.Join(' ', raised));
        Assert.Superset(
            new HashSet<string> { "GatewayProviderMisconfigured", "GatewayReauthorizationRequired",
                "GatewayConfigurationRefused" }, raised);
    }

    [Fact]
    public async Task Duration_histograms_have_exemplars()
    {
        foreach (var histogram in new[] { "http_server_request_duration_seconds_bucket", "gateway_token_refresh_duration_seconds_bucket" })
        {
            var exemplars = await watched.Prometheus.ExemplarsAsync(histogram);
            Assert.Contains(exemplars.SelectMany(static series => series!["exemplars"]!.AsArray()), static exemplar =>
                ((string?)exemplar!["labels"]!["trace_id"])?.Length == 32);
        }
    }

    [Fact]
    public void Every_metric_is_on_a_board_in_a_rule_or_a_listed_exception()
    {
        Assert.NotNull(watched.Prometheus);
        var used = Dashboard.All().SelectMany(static board => board.Targets.Select(static target => target.Expression)
                .Concat(board.Annotations.Select(static annotation => (string?)annotation["expr"]).OfType<string>()))
            .Concat(PrometheusRules.Expressions()).SelectMany(PromQl.Selectors).Select(static selector => Family(selector.Metric))
            .ToHashSet();
        var emitted = watched.Scrapes.SelectMany(static text => text.Split('\n'))
            .Where(static line => line.StartsWith("# TYPE ", StringComparison.Ordinal))
            .Select(static line => line.Split(' ')[2]).ToHashSet();

        Assert.Empty(emitted.Except(used).Except(KnownMetrics.Unused.Keys));
        Assert.Empty(KnownMetrics.Unused.Keys.Intersect(used));
        Assert.Empty(
            used.Where(static name => !name.Contains(':', StringComparison.Ordinal) && name != "up").Except(emitted)
                .Except(KnownMetrics.Optional.Keys));
    }

    [Fact]
    public async Task Promtool_finds_no_problem_in_a_scrape()
    {
        Assert.NotNull(watched.Prometheus);
        Assert.Equal((0, ""), await Tool.RunAsync("promtool", ["check", "metrics"], watched.Scrapes[0]));
    }

    [Fact]
    public void Every_call_in_the_runbooks_is_in_the_OpenAPI_document()
    {
        Assert.NotNull(watched.Prometheus);
        var calls = AdminCall().Matches(RepositoryFiles.Read("docs/runbooks.md"));
        Assert.True(calls.Count > 10);
        Assert.All(calls, call =>
        {
            var path = call.Groups["path"].Value.Replace("$PROVIDER", "{provider}", StringComparison.Ordinal)
                .Replace("$NAME", "{name}", StringComparison.Ordinal);
            var method = call.Groups["method"] is { Success: true, Value: var named } ? named.ToLowerInvariant() : "get";
            Assert.True(watched.AdminDocument["paths"]?[path]?[method] is not null, $"{method} {path}");
        });
    }

    private async Task<HashSet<string>> RaisedAsync() =>
    [
        .. (await watched.Prometheus.RulesAsync())
            .Where(static rule => (string)rule["type"]! == "alerting" && (string)rule["state"]! != "inactive")
            .Select(static rule => (string)rule["name"]!),
    ];

    [GeneratedRegex("""admin (-X (?<method>[A-Z]+) )?"?\$ADMIN(?<path>/[^\s"?`]*)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex AdminCall();

    private static string Family(string metric) =>
        Suffixes.FirstOrDefault(suffix => metric.EndsWith("_seconds" + suffix, StringComparison.Ordinal)) is { } suffix
            ? metric[..^suffix.Length]
            : metric;
}
