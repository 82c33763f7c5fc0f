using System.Text.Json.Nodes;

namespace Gateway.Testing;

/// <summary>One query of a panel.</summary>
internal sealed record Target(string Panel, string Expression);

/// <summary>A dashboard's JSON and the parts that the rules check.</summary>
internal sealed class Dashboard(JsonObject json)
{
    /// <summary>The kinds of panels that the published rules cover.</summary>
    private static readonly HashSet<string> Charts = ["stat", "timeseries", "gauge", "heatmap", "table", "state-timeline"];

    public static IReadOnlyList<string> Files { get; } = RepositoryFiles.In("grafana/dashboards", "*.json");

    public JsonObject Json => json;

    public string Title => (string)json["title"]!;

    public string Uid => (string)json["uid"]!;

    public IEnumerable<JsonObject> Variables => Objects(json["templating"]!["list"]!);

    public IEnumerable<JsonObject> Annotations => Objects(json["annotations"]!["list"]!);

    public IEnumerable<JsonObject> Panels => Objects(json["panels"]!);

    public IEnumerable<JsonObject> ChartPanels => Panels.Where(static panel => Charts.Contains((string)panel["type"]!));

    public IEnumerable<Target> Targets =>
        from panel in ChartPanels
        from target in panel["targets"] is JsonArray targets ? Objects(targets) : []
        select new Target((string)panel["title"]!, (string)target["expr"]!);

    public static Dashboard Read(string file) => new(JsonNode.Parse(RepositoryFiles.Read(file))!.AsObject());

    public static IEnumerable<Dashboard> All() => Files.Select(Read);

    public JsonObject? Variable(string name) => Variables.FirstOrDefault(variable => (string)variable["name"]! == name);

    /// <summary>Every link to another dashboard.</summary>
    public IEnumerable<string> Addresses() => Strings(json).Where(static text => text.StartsWith("/d/", StringComparison.Ordinal));

    private static IEnumerable<JsonObject> Objects(JsonNode array) => array.AsArray().Select(static item => item!.AsObject());

    private static IEnumerable<string> Strings(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(static member => Strings(member.Value)),
        JsonArray items => items.SelectMany(Strings),
        JsonValue value when value.TryGetValue(out string? text) => [text],
        _ => [],
    };
}
