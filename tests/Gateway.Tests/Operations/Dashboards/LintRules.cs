using System.Text.Json.Nodes;

namespace Gateway.Tests.Operations.Dashboards;

/// <summary>
/// The rules of grafana/dashboard-linter for Prometheus, under their published names and no less strict: here they hold for tables,
/// heatmaps and time lines too, and every counter is looked at, with or without labels.
/// </summary>
internal static class LintRules
{
    /// <summary>The published rules that apply to these boards.</summary>
    private static readonly HashSet<string> Units =
        ["none", "string", "short", "percentunit", "bytes", "Bps", "s", "dtdurations", "ops", "reqps"];

    private static readonly HashSet<string> OverCounters = ["rate", "irate", "increase", "resets"];

    private static readonly HashSet<string> VariableFunctions = ["label_values", "label_names", "query_result", "metrics"];

    public static IReadOnlyDictionary<string, Func<Dashboard, IEnumerable<Complaint>>> All { get; } =
        new Dictionary<string, Func<Dashboard, IEnumerable<Complaint>>>
        {
            ["template-datasource-rule"] = static board => Unless(
                board.Variable("datasource") is { } variable && Is(variable, "type", "datasource") && Is(variable, "query", "prometheus")
                    && Is(variable, "label", "Data source")),
            ["template-job-rule"] = static board => Unless(IsTemplate(board.Variable("job"), "Job")),
            ["template-instance-rule"] = static board => Unless(IsTemplate(board.Variable("instance"), "Instance")),
            ["template-label-promql-rule"] = static board =>
                Queries(board).Where(static variable => !HasKnownFunction(variable)).Select(Of),
            ["template-on-time-change-reload-rule"] = static board =>
                Queries(board).Where(static variable => (int?)variable["refresh"] != 2).Select(Of),
            ["panel-datasource-rule"] = static board => board.ChartPanels.Where(static panel => !UsesVariable(panel)).Select(Of),
            ["panel-title-description-rule"] = static board =>
                board.ChartPanels.Where(static panel => IsBlank(panel["title"]) || IsBlank(panel["description"])).Select(Of),
            ["panel-units-rule"] = static board =>
                board.ChartPanels.Where(static panel => !Units.Contains((string?)panel["fieldConfig"]?["defaults"]?["unit"] ?? ""))
                    .Select(Of),
            ["panel-no-targets-rule"] = static board =>
                board.ChartPanels.Where(static panel => panel["targets"] is not JsonArray { Count: > 0 }).Select(Of),
            ["target-promql-rule"] = static board => board.Targets.Where(
                static target => !IsBalanced(target.Expression) || PromQl.Selectors(target.Expression).Count == 0).Select(Of),
            ["target-rate-interval-rule"] = static board => Selected(
                board, static selector => selector is { Range: { } range, Function: "rate" or "irate" } && range != "$__rate_interval"),
            ["target-job-rule"] = static board => Selected(board, static selector => !selector.Matchers.Contains("job=~\"$job\"")),
            ["target-instance-rule"] = static board =>
                Selected(board, static selector => !selector.Matchers.Contains("instance=~\"$instance\"")),
            ["target-counter-agg-rule"] = static board => Selected(board, static selector =>
                selector.Metric.EndsWith("_total", StringComparison.Ordinal)
                    && !(selector.Range is not null && OverCounters.Contains(selector.Function))),
            ["uneditable-dashboard"] = static board => Unless((bool?)board.Json["editable"] == false),
        };

    private static IEnumerable<Complaint> Unless(bool holds) => holds ? [] : [new Complaint("", "the board itself")];

    private static IEnumerable<Complaint> Selected(Dashboard board, Func<Selector, bool> isWrong) =>
        from target in board.Targets
        from selector in PromQl.Selectors(target.Expression)
        where isWrong(selector)
        select new Complaint(target.Panel, $"{selector.Metric} in {target.Expression}");

    private static Complaint Of(JsonObject part) => new((string?)part["title"] ?? (string)part["name"]!, part.ToJsonString());

    private static Complaint Of(Target target) => new(target.Panel, target.Expression);

    private static IEnumerable<JsonObject> Queries(Dashboard board) =>
        board.Variables.Where(static variable => Is(variable, "type", "query"));

    private static bool IsTemplate(JsonObject? variable, string label) =>
        variable is not null && UsesVariable(variable) && Is(variable, "type", "query") && Is(variable, "label", label)
            && Is(variable, "allValue", ".+")
        && (bool?)variable["multi"] == true;

    private static bool HasKnownFunction(JsonObject variable) =>
        (string)variable["query"]! is var query && VariableFunctions.Contains(query.Split('(')[0]) && IsBalanced(query)
            && query.EndsWith(')');

    private static bool UsesVariable(JsonObject part) => (string?)part["datasource"]?["uid"] == "${datasource}";

    private static bool Is(JsonObject part, string name, string value) => (string?)part[name] == value;

    private static bool IsBlank(JsonNode? text) => string.IsNullOrWhiteSpace((string?)text);

    private static bool IsBalanced(string expression) =>
        expression.Count('(') == expression.Count(')') && expression.Count('{') == expression.Count('}')
            && expression.Count('[') == expression.Count(']');

    private static int Count(this string text, char wanted) => text.AsSpan().Count(wanted);
}
