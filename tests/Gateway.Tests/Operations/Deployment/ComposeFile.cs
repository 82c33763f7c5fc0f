using System.Text.Json.Nodes;

namespace Gateway.Tests.Operations.Deployment;

/// <summary><c>docker-compose.yml</c>, merge keys resolved.</summary>
internal static class ComposeFile
{
    public static JsonNode Root { get; } = Yaml.Read("docker-compose.yml");

    public static IEnumerable<string> Services => Root["services"]!.AsObject().Select(static service => service.Key);

    public static JsonObject Service(string name) => Root["services"]![name]!.AsObject();

    public static IEnumerable<string> Strings(string service, string list) => Service(service)[list] switch
    {
        JsonArray items => items.Select(static item => item!.ToString()),
        JsonObject members => members.Select(static member => member.Key),
        _ => [],
    };

    /// <summary>Host path and path in the container of each bind mount, without <c>./</c> in front.</summary>
    public static IEnumerable<(string Host, string Container)> Mounts(string service) => Strings(service, "volumes")
        .Where(static volume => volume.StartsWith("./", StringComparison.Ordinal)).Select(static volume => volume[2..].Split(':'))
        .Select(static parts => (parts[0], parts[1]));

    public static IEnumerable<KeyValuePair<string, string>> Environment(string service) =>
        Service(service)["environment"] is JsonObject variables
        ? variables.Select(static variable => KeyValuePair.Create(variable.Key, variable.Value!.ToString()))
        : [];
}
