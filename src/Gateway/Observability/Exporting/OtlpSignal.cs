using OpenTelemetry.Exporter;

namespace Gateway.Observability.Exporting;

/// <summary>
/// What the environment says about one signal, after https://opentelemetry.io/docs/specs/otel/protocol/exporter/: the variables of a
/// signal go before those for all. The SDK reads the latter itself, and of the former none when signals are exported one by one.
/// </summary>
internal sealed class OtlpSignal(IConfiguration configuration, string signal)
{
    public static OtlpSignal Traces(IConfiguration configuration) => new(configuration, "TRACES");

    public static OtlpSignal Metrics(IConfiguration configuration) => new(configuration, "METRICS");

    public static OtlpSignal Logs(IConfiguration configuration) => new(configuration, "LOGS");

    /// <summary>Nothing leaves the process unless somebody said where to, nor if <c>OTEL_{SIGNAL}_EXPORTER</c> is <c>none</c>.</summary>
    public bool IsOn =>
        (Own("ENDPOINT") ?? Text("OTEL_EXPORTER_OTLP_ENDPOINT")) is not null
        && !"none".Equals(Text($"OTEL_{signal}_EXPORTER"), StringComparison.OrdinalIgnoreCase);

    public void Configure(OtlpExporterOptions options)
    {
        options.Protocol = ProtocolOf(Own("PROTOCOL")) ?? options.Protocol;
        options.Headers = Own("HEADERS") ?? options.Headers;
        options.TimeoutMilliseconds = int.TryParse(Own("TIMEOUT"), out var timeout) ? timeout : options.TimeoutMilliseconds;
        if (Own("ENDPOINT") is { } endpoint && Uri.TryCreate(endpoint, UriKind.Absolute, out var uri))
        {
            options.Endpoint = uri;
        }
    }

    private static OtlpExportProtocol? ProtocolOf(string? name) => name switch
    {
        "grpc" => OtlpExportProtocol.Grpc,
        "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
        _ => null,
    };

    private string? Own(string setting) => Text($"OTEL_EXPORTER_OTLP_{signal}_{setting}");

    private string? Text(string key) => configuration[key] is { Length: > 0 } text ? text : null;
}
