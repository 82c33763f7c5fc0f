using System.Text.Json.Nodes;

using Gateway.Tests.Configuration;
using Gateway.Tests.Operations.Deployment;

namespace Gateway.Tests.Operations;

/// <summary>Static checks of the manifests: they agree with one another, with the image and with the code.</summary>
public sealed class KubernetesTests
{
    private const string Folder = "config/kubernetes";

    private static readonly Dictionary<string, string> Versions = new()
    {
        ["Namespace"] = "v1",
        ["Service"] = "v1",
        ["Deployment"] = "apps/v1",
        ["PodDisruptionBudget"] = "policy/v1",
        ["NetworkPolicy"] = "networking.k8s.io/v1",
    };

    private static JsonNode Kustomization => Yaml.Read($"{Folder}/kustomization.yaml");

    private static List<JsonNode> Objects =>
        [.. Kustomization["resources"]!.AsArray().SelectMany(static file => Yaml.ReadAll($"{Folder}/{file}"))];

    private static JsonNode Deployment => Objects.Single(static item => (string)item["kind"]! == "Deployment");

    private static JsonNode Pod => Deployment["spec"]!["template"]!["spec"]!;

    private static JsonNode Container => Assert.Single(Pod["containers"]!.AsArray())!;

    [Fact]
    public void Every_file_is_listed_and_every_object_known()
    {
        var listed = Kustomization["resources"]!.AsArray().Select(static file => $"{Folder}/{file}")
            .Append($"{Folder}/kustomization.yaml").Order();
        Assert.Equal(RepositoryFiles.In(Folder, "*.yaml"), listed);
        Assert.All(Objects, static item => Assert.Equal(Versions[(string)item["kind"]!], (string)item["apiVersion"]!));
        Assert.Equal(
            (string)Kustomization["namespace"]!,
            (string)Objects.Single(static item => (string)item["kind"]! == "Namespace")["metadata"]!["name"]!);
        var image = Kustomization["images"]![0]!;
        Assert.Equal((string)Container["image"]!, $"{image["name"]}:{image["newTag"]}");
    }

    [Fact]
    public void Every_selector_selects_these_pods()
    {
        var labels = Deployment["spec"]!["template"]!["metadata"]!["labels"]!;
        var selectors = Objects.SelectMany(static item => new[]
        {
            item["spec"]?["selector"]?["matchLabels"], (string)item["kind"]! == "Service" ? item["spec"]!["selector"] : null,
            item["spec"]?["podSelector"]?["matchLabels"],
        }).OfType<JsonNode>().ToList();
        Assert.Equal(6, selectors.Count);
        Assert.All(selectors, selector => Assert.True(JsonNode.DeepEquals(labels, selector)));
    }

    [Fact]
    public void Ports_have_one_name_everywhere_and_match_the_image()
    {
        var ports = Container["ports"]!.AsArray()
            .ToDictionary(static port => (string)port!["name"]!, static port => port!["containerPort"]!.ToString());
        Assert.Equal(Dockerfile.Ports.Order(), ports.Values.Order());
        var named = Objects.Where(static item => (string)item["kind"]! == "Service")
            .Select(static service => (string)service["spec"]!["ports"]![0]!["targetPort"]!).ToList();
        Assert.Equal(ports.Keys.Order(), named.Order());
        var ingress = Objects.Single(static item => (string)item["kind"]! == "NetworkPolicy")["spec"]!["ingress"]!.AsArray();
        Assert.Equal(
            ports.Keys.Order(), ingress.SelectMany(static rule => rule!["ports"]!.AsArray())
                .Select(static port => (string)port!["port"]!).Order());
        Assert.All(ingress, static rule => Assert.NotEmpty(rule!["from"]!.AsArray()));
    }

    [Fact]
    public void Probes_use_existing_endpoints()
    {
        Assert.All(
            ["startupProbe", "livenessProbe", "readinessProbe"],
            static probe => Assert.Equal("admin", (string)Container[probe]!["httpGet"]!["port"]!));
        Assert.Equal("/health/live", (string)Container["livenessProbe"]!["httpGet"]!["path"]!);
        Assert.Equal("/health/ready", (string)Container["readinessProbe"]!["httpGet"]!["path"]!);
    }

    [Fact]
    public void A_pod_has_no_privileges_and_writable_mounts_only_where_needed()
    {
        var (pod, container) = (Pod["securityContext"]!, Container["securityContext"]!);
        Assert.True((bool)pod["runAsNonRoot"]!);
        Assert.Equal("RuntimeDefault", (string)pod["seccompProfile"]!["type"]!);
        Assert.False((bool)Pod["automountServiceAccountToken"]!);
        Assert.False((bool)container["allowPrivilegeEscalation"]!);
        Assert.True((bool)container["readOnlyRootFilesystem"]!);
        Assert.Equal("ALL", (string)container["capabilities"]!["drop"]![0]!);
        var writable = Container["volumeMounts"]!.AsArray().Where(static mount => mount!["readOnly"] is null)
            .Select(static mount => (string)mount!["mountPath"]!);
        Assert.Equal([Dockerfile.Environment["Store__Path"], "/tmp"], writable);
        Assert.Equal(
            Pod["volumes"]!.AsArray().Select(static volume => (string)volume!["name"]!).Order(),
            Container["volumeMounts"]!.AsArray().Select(static mount => (string)mount!["name"]!).Order());
    }

    [Fact]
    public void One_pod_may_stop_while_another_serves_and_has_time_to_save()
    {
        Assert.True((long)Deployment["spec"]!["replicas"]! >= 2);
        Assert.Equal(0, (long)Deployment["spec"]!["strategy"]!["rollingUpdate"]!["maxUnavailable"]!);
        Assert.Equal(1, (long)Objects.Single(static item => (string)item["kind"]! == "PodDisruptionBudget")["spec"]!["maxUnavailable"]!);
        Assert.True((long)Pod["terminationGracePeriodSeconds"]! >= 30 + (long)Container["lifecycle"]!["preStop"]!["sleep"]!["seconds"]!);
    }

    [Fact]
    public void The_gateway_accepts_its_variables_files_and_secrets()
    {
        var variables = Container["env"]!.AsArray()
            .Select(static variable => KeyValuePair.Create((string)variable!["name"]!, (string)variable["value"]!)).ToList();
        Assert.Empty(GatewayEnvironment.Errors(Dockerfile.Environment.Concat(variables)));
        var mounts = Container["volumeMounts"]!.AsArray()
            .ToDictionary(static mount => (string)mount!["name"]!, static mount => (string)mount!["mountPath"]!);
        Assert.Equal(mounts["secrets"], variables.Single(static variable => variable.Key == "Secrets__Directory").Value);
        Assert.Equal(
            ["--config", "/app/config/gateway.json", "--config", $"{mounts["site"]}/site.json"],
            Container["args"]!.AsArray().Select(static argument => (string)argument!));
        Assert.Equal("site.json", (string)Kustomization["configMapGenerator"]![0]!["files"]![0]!);
        Assert.Empty(Read.Errors(RepositoryFiles.Read($"{Folder}/site.json")));
    }
}
