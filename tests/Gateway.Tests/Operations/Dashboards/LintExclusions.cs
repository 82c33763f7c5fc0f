namespace Gateway.Tests.Operations.Dashboards;

/// <summary>The exceptions in <c>grafana/dashboards/.lint</c>, the linter's own file.</summary>
internal static class LintExclusions
{
    public static IReadOnlySet<(string Rule, string Dashboard, string Panel)> Read() =>
        (from rule in Yaml.Read("grafana/dashboards/.lint")["exclusions"]!.AsObject()
         from entry in rule.Value!["entries"]!.AsArray()
         where !string.IsNullOrWhiteSpace((string?)rule.Value["reason"])
         select (rule.Key, (string)entry!["dashboard"]!, (string)entry["panel"]!)).ToHashSet();
}
