using System.Text.Json.Nodes;

using Gateway.Tests.Operations.Dashboards;

namespace Gateway.Tests.Operations;

/// <summary>Rules for the boards beyond the published ones.</summary>
public sealed class DashboardTests
{
    public static TheoryData<string> Files => [.. Dashboard.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_board_has_a_stable_unique_id_and_no_volatile_members(string file)
    {
        var board = Dashboard.Read(file);
        Assert.StartsWith("gateway-", board.Uid, StringComparison.Ordinal);
        Assert.StartsWith("Gateway / ", board.Title, StringComparison.Ordinal);
        Assert.Equal(41, (int)board.Json["schemaVersion"]!);
        Assert.All(
            ["id", "version", "iteration", "created", "updated", "__inputs", "__requires"],
            name => Assert.False(board.Json.ContainsKey(name), name));
        Assert.False(string.IsNullOrWhiteSpace((string?)board.Json["description"]));
        Assert.InRange(board.ChartPanels.Count(), 4, 25);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Panels_have_unique_numbers_and_do_not_overlap(string file)
    {
        var panels = Dashboard.Read(file).Panels.ToList();
        Assert.Equal(panels.Count, panels.DistinctBy(static panel => (int)panel["id"]!).Count());
        var cells = panels.SelectMany(Cells).ToList();
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(cells, static cell => Assert.InRange(cell.X, 0, 23));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_board_links_to_the_others_with_its_time_range_and_variables(string file)
    {
        var board = Dashboard.Read(file);
        var link = Assert.Single(board.Json["links"]!.AsArray())!;
        Assert.True((bool)link["keepTime"]! && (bool)link["includeVars"]!);
        Assert.Contains((string)link["tags"]![0]!, board.Json["tags"]!.AsArray().Select(static tag => (string)tag!));
        Assert.All(board.Addresses(), static address => Assert.Contains("${__url_time_range}", address, StringComparison.Ordinal));
        Assert.All(
            board.Addresses(), static address =>
                Assert.Contains(address.Split('?')[0][3..], Dashboard.All().Select(static other => other.Uid)));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Restarts_new_configurations_and_dead_grants_are_annotated(string file) =>
        Assert.Equal(
            ["Annotations & Alerts", "Configuration changed", "Instance restarted", "Grant died"],
            Dashboard.Read(file).Annotations.Select(static annotation => (string)annotation["name"]!));

    // A ratio without requests is not a number, as on a new installation or at night.
    [Theory]
    [MemberData(nameof(Files))]
    public void A_single_number_has_a_text_for_no_data_and_a_ratio_one_for_no_requests(string file)
    {
        var numbers = Dashboard.Read(file).ChartPanels.Where(static panel => (string)panel["type"]! is "stat" or "gauge").ToList();
        Assert.All(
            numbers, static panel =>
                Assert.False(string.IsNullOrEmpty((string?)panel["fieldConfig"]!["defaults"]!["noValue"]), (string)panel["title"]!));
        var shares = numbers.Where(static panel => (string)panel["targets"]![0]!["expr"]! is var query
            && (query.Contains(" / ", StringComparison.Ordinal) || query.Contains(":ratio_", StringComparison.Ordinal)
                || query.Contains("quantile", StringComparison.Ordinal)));
        Assert.All(
            shares, static panel =>
                Assert.Equal("null+nan", (string?)panel["fieldConfig"]!["defaults"]!["mappings"]?[0]?["options"]?["match"]));
    }

    [Fact]
    public void Board_ids_are_unique() =>
        Assert.Equal(Dashboard.Files.Count, Dashboard.All().DistinctBy(static board => board.Uid).Count());

    // Every instance counts the connections of the shared store and has the same earliest expiry, so a sum over instances is wrong.
    [Fact]
    public void Metrics_of_the_shared_store_are_not_summed_over_instances() => Assert.All(
        Dashboard.All().SelectMany(static board => board.Targets),
        static target => Assert.All(
            PromQl.Selectors(target.Expression)
                .Where(static selector => selector.Metric
                    is "gateway_connections" or "gateway_token_expiry_timestamp_seconds" or "gateway_renewals_due"
                        or "gateway_renewal_lag_seconds"),
            _ => Assert.Matches(
                @"\b(max|min)( by \([^)]*\))? ?\(gateway_(connections|token_expiry_timestamp_seconds|renewal)", target.Expression)));

    [Fact]
    public void Exemplars_link_to_Jaeger()
    {
        var sources = Yaml.Read("grafana/provisioning/datasources/gateway.yml")["datasources"]!.AsArray();
        var prometheus = sources.Single(static source => (string)source!["type"]! == "prometheus")!;
        var destination = Assert.Single(prometheus["jsonData"]!["exemplarTraceIdDestinations"]!.AsArray())!;
        Assert.Equal("trace_id", (string)destination["name"]!);
        Assert.Contains(
            sources, source => (string)source!["uid"]! == (string)destination["datasourceUid"]! && (string)source["type"]! == "jaeger");
        Assert.Contains(
            Dashboard.All().SelectMany(static board => board.ChartPanels).SelectMany(static panel => panel["targets"]!.AsArray()),
            static target =>
            (bool?)target!["exemplar"] == true);
        Assert.Equal(
            (string)prometheus["jsonData"]!["timeInterval"]!,
            (string)Yaml.Read("config/prometheus/prometheus.yml")["global"]!["scrape_interval"]!);
    }

    private static IEnumerable<(int X, int Y)> Cells(JsonObject panel)
    {
        var (x, y, w, h) = (At(panel, "x"), At(panel, "y"), At(panel, "w"), At(panel, "h"));
        return from column in Enumerable.Range(x, w) from line in Enumerable.Range(y, h) select (column, line);
    }

    private static int At(JsonObject panel, string name) => (int)panel["gridPos"]![name]!;
}
