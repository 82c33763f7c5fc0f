using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

using Gateway.Tests.Operations.Dashboards;
using Gateway.Tests.Operations.Deployment;

namespace Gateway.Tests.Operations;

/// <summary>
/// Static checks of the compose file: every reference exists and agrees with the code and the other files.
/// </summary>
public sealed partial class ComposeTests
{
    public static TheoryData<string> Services => [.. ComposeFile.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_runs_without_root_on_a_read_only_file_system(string name)
    {
        var service = ComposeFile.Service(name);
        Assert.True((bool)service["read_only"]!);
        Assert.Equal(["ALL"], ComposeFile.Strings(name, "cap_drop"));
        Assert.Equal(["no-new-privileges:true"], ComposeFile.Strings(name, "security_opt"));
        Assert.Equal("unless-stopped", (string)service["restart"]!);
        Assert.DoesNotMatch("^(root|0)?(:|$)", (string?)service["user"] ?? "");
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_has_resource_limits(string name)
    {
        var service = ComposeFile.Service(name);
        Assert.Matches("^[0-9]+[MG]$", (string?)service["deploy"]?["resources"]?["limits"]?["memory"] ?? "");
        Assert.True((long)service["pids_limit"]! > 0);
        Assert.Equal("10m", (string?)service["logging"]!["options"]!["max-size"]);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void An_image_is_built_here_or_has_a_version(string name)
    {
        var service = ComposeFile.Service(name);
        if (service["build"] is { } build)
        {
            Assert.Contains((string)build["target"]!, Dockerfile.Stages);
            return;
        }

        Assert.Matches(Version(), (string)service["image"]!);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_has_a_health_check(string name)
    {
        var test = ComposeFile.Service(name)["healthcheck"]!["test"]!.AsArray().Select(static part => (string)part!).ToList();
        Assert.StartsWith("CMD", test[0], StringComparison.Ordinal);
        if (test[^1].StartsWith("http://", StringComparison.Ordinal)
            && (name.StartsWith("gateway", StringComparison.Ordinal) || name == "demo"))
        {
            Assert.Equal("http://127.0.0.1:8081/health/ready", test[^1]);
        }
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_reference_of_a_service_exists(string name)
    {
        Assert.All(
            ComposeFile.Mounts(name).Where(static mount => !mount.Host.StartsWith("secrets", StringComparison.Ordinal)), static mount =>
            Assert.True(Path.Exists(RepositoryFiles.PathOf(mount.Host)), mount.Host));
        Assert.All(
            ComposeFile.Strings(name, "volumes").Where(static volume => volume[0] != '.'),
            static volume => Declared("volumes", volume.Split(':')[0]));
        Assert.All(ComposeFile.Strings(name, "networks"), static network => Declared("networks", network));
        Assert.All(ComposeFile.Strings(name, "secrets"), static secret => Declared("secrets", secret));
        Assert.All(ComposeFile.Strings(name, "depends_on"), static other => Assert.Contains(other, ComposeFile.Services));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_port_is_published_on_loopback_only(string name) =>
        Assert.All(ComposeFile.Strings(name, "ports"), static port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));

    [Fact]
    public void The_gateways_accept_their_variables_and_have_a_long_enough_stop_period()
    {
        var gateways = ComposeFile.Services.Where(static name => name.StartsWith("gateway-", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, gateways.Count);
        Assert.All(gateways, static name =>
        {
            Assert.Empty(GatewayEnvironment.Errors(Dockerfile.Environment.Concat(ComposeFile.Environment(name)).Select(Plain)));
            Assert.Equal("40s", (string)ComposeFile.Service(name)["stop_grace_period"]!);
            Assert.Contains(
                ("secrets/gateway", ComposeFile.Environment(name).Single(static pair => pair.Key == "Secrets__Directory").Value),
                ComposeFile.Mounts(name));
            Assert.Contains(
                ComposeFile.Strings(name, "volumes"),
                static volume => volume.EndsWith(":" + Dockerfile.Environment["Store__Path"], StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Gateways_trust_only_the_network_of_the_balancer()
    {
        var front = (string)ComposeFile.Root["networks"]!["front"]!["ipam"]!["config"]![0]!["subnet"]!;

        Assert.Equal(["front"], ComposeFile.Strings("balancer", "networks"));
        Assert.All(["gateway-1", "gateway-2"], name => Assert.Equal(
            [front], ComposeFile.Environment(name)
                .Where(static pair => pair.Key.StartsWith("Connect__TrustedProxies", StringComparison.Ordinal))
                .Select(static pair => pair.Value)));
    }

    [Fact]
    public void The_balancer_sends_to_the_listeners_of_both_gateways()
    {
        var upstreams = Upstream().Matches(RepositoryFiles.Read("config/nginx/gateway.conf"));
        Assert.Equal(Dockerfile.Ports.Count * 2, upstreams.Count);
        Assert.All(upstreams, static server => Assert.Contains(server.Groups["host"].Value, ComposeFile.Services));
        Assert.Equal(Dockerfile.Ports, upstreams.Select(static server => server.Groups["port"].Value).ToHashSet());
        Assert.All(
            ComposeFile.Strings("balancer", "ports"),
            static port => Assert.Contains(
                $"listen {port.Split(':')[2]};", RepositoryFiles.Read("config/nginx/gateway.conf"), StringComparison.Ordinal));
        Assert.All(
            ComposeFile.Strings("demo", "ports"),
            static port =>
                Assert.Contains($"listen {port.Split(':')[2]};", RepositoryFiles.Read("config/nginx/demo.conf"), StringComparison.Ordinal));
    }

    [Fact]
    public void Prometheus_scrapes_the_gateways_and_the_demo()
    {
        var jobs = Yaml.Read("config/prometheus/prometheus.yml")["scrape_configs"]!.AsArray();
        Assert.Equal(
            ["gateway-1:8081", "gateway-2:8081"],
            jobs[0]!["static_configs"]![0]!["targets"]!.AsArray().Select(static target => (string)target!));
        var demo = jobs[1]!["dns_sd_configs"]![0]!;
        Assert.Contains((string)demo["names"]![0]!, ComposeFile.Services);
        Assert.Contains($"listen {demo["port"]};", RepositoryFiles.Read("config/nginx/demo.conf"), StringComparison.Ordinal);
        Assert.Contains("--enable-feature=exemplar-storage", ComposeFile.Strings("prometheus", "command"));
        Assert.Contains(("config/prometheus", "/etc/prometheus"), ComposeFile.Mounts("prometheus"));
    }

    [Fact]
    public void Grafana_has_its_data_sources_and_boards()
    {
        foreach (var source in Yaml.Read("grafana/provisioning/datasources/gateway.yml")["datasources"]!.AsArray())
        {
            var address = new Uri((string)source!["url"]!);
            Assert.Contains(
                ComposeFile.Strings(address.Host, "ports"), port => port.EndsWith($":{address.Port}", StringComparison.Ordinal));
        }

        var folder = (string)Yaml.Read("grafana/provisioning/dashboards/gateway.yml")["providers"]![0]!["options"]!["path"]!;
        Assert.Contains(("grafana/dashboards", folder), ComposeFile.Mounts("grafana"));
        var home = ComposeFile.Environment("grafana").Single(static pair => pair.Key == "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH").Value;
        Assert.Contains(home.Replace(folder, "grafana/dashboards", StringComparison.Ordinal), Dashboard.Files);
    }

    [Fact]
    public void Every_service_that_exports_traces_shares_a_network_with_Jaeger()
    {
        var exporting = ComposeFile.Services.Where(
            static name => ComposeFile.Environment(name).Any(static pair => pair.Key == "OTEL_EXPORTER_OTLP_ENDPOINT")).ToList();
        Assert.Equal(3, exporting.Count);
        Assert.All(
            exporting, static name =>
                Assert.NotEmpty(ComposeFile.Strings(name, "networks").Intersect(ComposeFile.Strings("jaeger", "networks"))));

        // Jaeger would refuse the other signals repeatedly.
        Assert.All(exporting, static name => Assert.Equal(
            ["none", "none"], ComposeFile.Environment(name)
                .Where(static pair => pair.Key is "OTEL_METRICS_EXPORTER" or "OTEL_LOGS_EXPORTER").Select(static pair => pair.Value)));
    }

    private static void Declared(string section, string name) =>
        Assert.True(ComposeFile.Root[section] is JsonObject all && all.ContainsKey(name), $"{section}: {name}");

    // As Compose does: the default of a variable that is not set.
    private static KeyValuePair<string, string> Plain(KeyValuePair<string, string> pair) =>
        KeyValuePair.Create(pair.Key, Default().Replace(pair.Value, "${value}"));

    [GeneratedRegex(@":v?\d+\.\d+\.\d+(-[a-z0-9]+)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Version();

    [GeneratedRegex(@"^\s*server (?<host>[\w-]+):(?<port>\d+)", RegexOptions.ExplicitCapture | RegexOptions.Multiline, 1000)]
    private static partial Regex Upstream();

    [GeneratedRegex(@"\$\{\w+:-(?<value>[^}]*)\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Default();
}
