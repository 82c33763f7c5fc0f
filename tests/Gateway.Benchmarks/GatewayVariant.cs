using System.Text.Json.Nodes;

namespace Gateway.Benchmarks;

/// <summary>The gateway as shipped, or with one setting of the runtime or of OpenTelemetry changed.</summary>
/// <param name="Name">Name in the output.</param>
/// <param name="Environment">Additional environment variables.</param>
/// <param name="RuntimeSwitchedOff">A feature switch of the runtime to set to false.</param>
internal sealed record GatewayVariant(
    string Name, IReadOnlyDictionary<string, string>? Environment = null, string? RuntimeSwitchedOff = null)
{
    public static GatewayVariant Shipped { get; } = new("gateway");

    /// <summary>Without metrics and spans.</summary>
    public static GatewayVariant Silent { get; } = new(
        "gateway without telemetry", RuntimeSwitchedOff: "System.Diagnostics.Metrics.Meter.IsSupported");

    /// <summary>
    /// Socket completions run on the thread that polls the sockets. This saves a thread switch, but code that blocks delays other sockets.
    /// </summary>
    public static GatewayVariant Inline { get; } = new(
        "gateway, inline completions", Variables("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"));

    /// <param name="collector">Address of the OTLP collector.</param>
    public static GatewayVariant Traced(string collector) => new(
        "gateway, sampled traces",
        Variables("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{collector}/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"));

    /// <summary>The arguments for <c>dotnet</c> that run the gateway.</summary>
    /// <param name="home">Directory for a changed <c>runtimeconfig.json</c>.</param>
    public string Program(string home)
    {
        var dll = Path.Combine(AppContext.BaseDirectory, "Gateway.dll");
        if (RuntimeSwitchedOff is null)
        {
            return dll;
        }

        var settings = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(dll, "runtimeconfig.json")))!;
        var options = settings["runtimeOptions"]!.AsObject();
        (options["configProperties"] ??= new JsonObject())[RuntimeSwitchedOff] = false;
        var file = Path.Combine(home, "runtimeconfig.json");
        File.WriteAllText(file, settings.ToJsonString());
        return $"exec --runtimeconfig {file} {dll}";
    }

    private static Dictionary<string, string> Variables(params string[] pairs) =>
        pairs.Chunk(2).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
}

/// <summary>The configuration of the measured gateway: one route and one provider.</summary>
internal static class GatewayConfiguration
{
    /// <summary>The connection's grant; its access token does not expire during the measurement.</summary>
    public static object Grant { get; } = new
    {
        refreshToken = "bench-refresh",
        accessToken = Contender.Authorization["Bearer ".Length..],
        expiresIn = 86400,
    };

    /// <param name="origin">Address of the origin, with a final slash.</param>
    public static string For(string origin) => $$"""
        {
          "Providers": { "bench": {
            "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{origin}}",
            "AuthorizationEndpoint": "{{origin}}authorize", "TokenEndpoint": "{{origin}}token",
            "ClientId": "bench", "ClientSecret": "bench-secret" } },
          "ReverseProxy": {
            "Routes": { "bench": { "ClusterId": "bench", "Match": { "Path": "/bench/{**path}" },
              "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "bench" } ] } },
            "Clusters": { "bench": { "Destinations": { "origin": { "Address": "{{origin}}" } } } }
          }
        }
        """;
}
