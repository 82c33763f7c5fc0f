using System.Text.Json.Nodes;

namespace Gateway.Benchmarks;

/// <summary>The gateway as it is shipped, or with one thing changed by a switch of the runtime or of OpenTelemetry.</summary>
internal sealed record GatewayVariant(string Name, IReadOnlyDictionary<string, string>? Environment = null, string? RuntimeSwitchedOff = null)
{
    public static GatewayVariant Shipped { get; } = new("gateway");

    /// <summary>No instrument of any meter measures, and there are no spans.</summary>
    public static GatewayVariant Silent { get; } = new("gateway without telemetry", RuntimeSwitchedOff: "System.Diagnostics.Metrics.Meter.IsSupported");

    /// <summary>What a socket has ready is worked on by the thread that noticed it: no hop, but whatever blocks there blocks other sockets.</summary>
    public static GatewayVariant Inline { get; } = new("gateway, inline completions", Variables("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1"));

    /// <param name="collector">Where spans go.</param>
    public static GatewayVariant Traced(string collector) => new(
        "gateway, sampled traces",
        Variables("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", $"{collector}/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"));

    /// <summary>What <c>dotnet</c> is told to run.</summary>
    /// <param name="home">Where it may leave a file.</param>
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
