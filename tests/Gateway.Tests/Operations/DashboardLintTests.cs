using System.Text.Json.Nodes;

using Gateway.Tests.Operations.Dashboards;

namespace Gateway.Tests.Operations;

/// <summary>
/// The boards follow the rules that Grafana Labs publish. Each rule is also checked against a board that violates it.
/// </summary>
public sealed class DashboardLintTests
{
    private static readonly Dictionary<string, Action<JsonObject>> Breaches = new()
    {
        ["template-datasource-rule"] = static board => Variable(board, "datasource")["label"] = "Prometheus",
        ["template-job-rule"] = static board => Variable(board, "job")["allValue"] = ".*",
        ["template-instance-rule"] = static board => Variable(board, "instance")["multi"] = false,
        ["template-label-promql-rule"] = static board => Variable(board, "job")["query"] = "labels(up, job)",
        ["template-on-time-change-reload-rule"] = static board => Variable(board, "job")["refresh"] = 1,
        ["panel-datasource-rule"] = static board => Chart(board)["datasource"]!["uid"] = "gateway-prometheus",
        ["panel-title-description-rule"] = static board => Chart(board).Remove("description"),
        ["panel-units-rule"] = static board => Chart(board)["fieldConfig"]!["defaults"]!["unit"] = "parsecs",
        ["panel-no-targets-rule"] = static board => Chart(board)["targets"] = new JsonArray(),
        ["target-promql-rule"] = static board => Expression(board, "sum(up"),
        ["target-rate-interval-rule"] = static board => Expression(board, """rate(x_total{job=~"$job",instance=~"$instance"}[5m])"""),
        ["target-job-rule"] = static board => Expression(board, """sum(up{instance=~"$instance"})"""),
        ["target-instance-rule"] = static board => Expression(board, """sum(up{job=~"$job"})"""),
        ["target-counter-agg-rule"] = static board => Expression(board, """sum(x_total{job=~"$job",instance=~"$instance"})"""),
        ["uneditable-dashboard"] = static board => board["editable"] = true,
    };

    public static TheoryData<string, string> RulesAndBoards =>
        [.. from rule in LintRules.All.Keys from file in Dashboard.Files select (rule, file)];

    public static TheoryData<string> Rules => [.. LintRules.All.Keys];

    [Theory]
    [MemberData(nameof(RulesAndBoards))]
    public void A_board_keeps_the_rule(string rule, string file)
    {
        var board = Dashboard.Read(file);
        var excluded = LintExclusions.Read();

        var complaints = LintRules.All[rule](board).Where(complaint => !excluded.Contains((rule, board.Title, complaint.Panel))).ToList();

        Assert.True(complaints.Count == 0, string.Join('\n', complaints));
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_board_that_breaks_the_rule_is_found(string rule)
    {
        var board = Dashboard.Read("grafana/dashboards/overview.json");
        Breaches[rule](board.Json);
        Assert.NotEmpty(LintRules.All[rule](board));
    }

    [Fact]
    public void Every_exception_in_the_linters_file_is_needed()
    {
        var needed =
            from board in Dashboard.All()
            from rule in LintRules.All
            from complaint in rule.Value(board)
            select (rule.Key, board.Title, complaint.Panel);
        Assert.Empty(LintExclusions.Read().Except(needed));
    }

    private static JsonObject Variable(JsonObject board, string name) => new Dashboard(board).Variable(name)!;

    private static JsonObject Chart(JsonObject board) => new Dashboard(board).ChartPanels.First();

    private static void Expression(JsonObject board, string expression) => Chart(board)["targets"]![0]!["expr"] = expression;
}
