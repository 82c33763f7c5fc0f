using System.Text.Json.Nodes;

using Gateway.Tests.Operations.Dashboards;

namespace Gateway.Tests.Operations;

/// <summary>What operators count on beyond the published rules.</summary>
public sealed class DashboardTests
{
    public static TheoryData<string> Files => [.. Dashboard.Files];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_board_has_a_name_of_its_own_that_stays_and_nothing_that_changes_by_itself(string file)
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
    public void Panels_have_numbers_of_their_own_and_do_not_overlap(string file)
    {
        var panels = Dashboard.Read(file).Panels.ToList();
        Assert.Equal(panels.Count, panels.DistinctBy(static panel => (int)panel["id"]!).Count());
        var cells = panels.SelectMany(Cells).ToList();
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(cells, static cell => Assert.InRange(cell.X, 0, 23));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_board_leads_to_the_others_with_its_time_and_its_choices(string file)
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
    public void Restarts_new_configurations_and_dead_grants_are_marked(string file) =>
        Assert.Equal(
            ["Annotations & Alerts", "Configuration changed", "Instance restarted", "Grant died"],
            Dashboard.Read(file).Annotations.Select(static annotation => (string)annotation["name"]!));

    // A share of nothing is no number: on a fresh stack, and at night.
    [Theory]
    [MemberData(nameof(Files))]
    public void A_single_number_has_a_word_for_no_data_and_a_share_one_for_no_requests(string file)
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
    public void No_two_boards_share_a_name() =>
        Assert.Equal(Dashboard.Files.Count, Dashboard.All().DistinctBy(static board => board.Uid).Count());

    // Every instance counts the connections of the one store, and knows the same first expiry: a sum over instances is wrong.
    [Fact]
    public void What_all_instances_see_alike_is_never_added_up_over_them() => Assert.All(
        Dashboard.All().SelectMany(static board => board.Targets),
        static target => Assert.All(
            PromQl.Selectors(target.Expression)
                .Where(static selector => selector.Metric
                    is "gateway_connections" or "gateway_token_expiry_timestamp_seconds" or "gateway_renewals_due"
                        or "gateway_renewal_lag_seconds"),
            _ => Assert.Matches(
                @"\b(max|min)( by \([^)]*\))? ?\(gateway_(connections|token_expiry_timestamp_seconds|renewal)", target.Expression)));

    [Fact]
    public void Points_of_a_trace_lead_to_Jaeger()
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
