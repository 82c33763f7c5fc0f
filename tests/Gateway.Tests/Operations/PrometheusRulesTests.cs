using System.Text.Json.Nodes;

using Gateway.Tests.Operations.Dashboards;

namespace Gateway.Tests.Operations;

/// <summary>Every alert has test cases, texts and a section in the runbooks.</summary>
public sealed class PrometheusRulesTests
{
    private static readonly IReadOnlyList<string> TestFiles = RepositoryFiles.In("config/prometheus/tests", "*.yml");

    public static TheoryData<string> Alerts => [.. AllAlerts().Select(static alert => (string)alert["alert"]!).Distinct()];

    [Theory]
    [MemberData(nameof(Alerts))]
    public void An_alert_has_a_test_case_that_fires_and_one_that_does_not(string alert)
    {
        var cases = (
            from file in TestFiles
            from test in Yaml.Read(file)["tests"]!.AsArray()
            from one in test!["alert_rule_test"]!.AsArray()
            where (string)one!["alertname"]! == alert
            select one["exp_alerts"]!.AsArray().Count).ToList();
        Assert.Contains(cases, static count => count > 0);
        Assert.Contains(0, cases);
        Assert.Equal(AllAlerts().Where(other => (string)other["alert"]! == alert).Select(Window).Order(), Fired(alert).Order());
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void An_alert_has_a_summary_a_severity_and_a_runbook(string alert)
    {
        foreach (var rule in AllAlerts().Where(rule => (string)rule["alert"]! == alert))
        {
            Assert.True((string)rule["labels"]!["severity"]! is "page" or "ticket");
            var annotations = rule["annotations"]!;
            Assert.All(["summary", "description"], name => Assert.False(string.IsNullOrWhiteSpace((string?)annotations[name])));
            Assert.Equal($"docs/runbooks.md#{alert.ToLowerInvariant()}", (string)annotations["runbook_url"]!);
            Assert.Contains(((string)annotations["dashboard"]!).Split('?')[0][3..], Dashboard.All().Select(static board => board.Uid));
        }

        var section = RepositoryFiles.Read("docs/runbooks.md").Split("\n## ")
            .Single(part => part.StartsWith($"{alert}\n", StringComparison.Ordinal));
        Assert.All(
            ["**Means**", "**Impact**", "**Look**", "**Do**"], heading => Assert.Contains(heading, section, StringComparison.Ordinal));
    }

    [Fact]
    public void The_runbooks_have_no_section_for_a_removed_alert() => Assert.Empty(
        RepositoryFiles.Read("docs/runbooks.md").Split('\n').Where(static line => line.StartsWith("## Gateway", StringComparison.Ordinal))
            .Select(static line => line[3..]).Except(AllAlerts().Select(static alert => (string)alert["alert"]!)));

    private static IEnumerable<JsonObject> AllAlerts() => PrometheusRules.All().Where(static rule => rule.ContainsKey("alert"));

    private static string Window(JsonObject rule) => (string?)rule["labels"]!["window"] ?? "";

    // Each window of an objective is a separate case.
    private static IEnumerable<string> Fired(string alert) => (
        from file in TestFiles
        from test in Yaml.Read(file)["tests"]!.AsArray()
        from one in test!["alert_rule_test"]!.AsArray()
        where (string)one!["alertname"]! == alert
        from expected in one["exp_alerts"]!.AsArray()
        select (string?)expected!["exp_labels"]!["window"] ?? "").Distinct();
}
