using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>The rules in <c>config/prometheus/rules</c>.</summary>
internal static class PrometheusRules
{
    public static IEnumerable<JsonObject> All() =>
        from file in RepositoryFiles.In("config/prometheus/rules", "*.yml")
        from ruleGroup in Yaml.Read(file)["groups"]!.AsArray()
        from rule in ruleGroup!["rules"]!.AsArray()
        select rule.AsObject();

    public static IEnumerable<string> Expressions() => All().Select(static rule => (string)rule["expr"]!);
}
