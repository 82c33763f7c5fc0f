using System.Globalization;

using OpenTelemetry.Exporter;

namespace Gateway.Observability.Exporting;

/// <summary>
/// What the configuration says about one signal, after https://opentelemetry.io/docs/specs/otel/protocol/exporter/: the variables of a
/// signal go before those for all. The certificates (<c>OTEL_EXPORTER_OTLP_CERTIFICATE</c>, <c>_CLIENT_CERTIFICATE</c>, <c>_CLIENT_KEY</c>)
/// the SDK takes from the environment itself.
/// </summary>
internal sealed class OtlpSignal(IConfiguration configuration, string signal)
{
    public static OtlpSignal Traces(IConfiguration configuration) => new(configuration, "traces");

    public static OtlpSignal Metrics(IConfiguration configuration) => new(configuration, "metrics");

    public static OtlpSignal Logs(IConfiguration configuration) => new(configuration, "logs");

    /// <summary><c>traces</c>, <c>metrics</c> or <c>logs</c>.</summary>
    public string Name => signal;

    /// <summary>Nothing leaves the process unless somebody said where to, nor if <c>OTEL_{SIGNAL}_EXPORTER</c> is <c>none</c>.</summary>
    public bool IsOn =>
        Wanted("ENDPOINT") is not null
        && !"none".Equals(Text($"OTEL_{Variable}_EXPORTER"), StringComparison.OrdinalIgnoreCase);

    private string Variable => signal.ToUpperInvariant();

    public OtlpExporterOptions Options()
    {
        var options = new OtlpExporterOptions();
        options.Protocol = ProtocolOf(Wanted("PROTOCOL")) ?? options.Protocol;
        options.Headers = Wanted("HEADERS") ?? options.Headers;
        options.TimeoutMilliseconds = int.TryParse(Wanted("TIMEOUT"), CultureInfo.InvariantCulture, out var timeout) ? timeout : options.TimeoutMilliseconds;
        options.Compression = CompressionOf(Wanted("COMPRESSION")) ?? options.Compression;
        if (Uri.TryCreate(EndpointFor(options.Protocol), UriKind.Absolute, out var endpoint))
        {
            options.Endpoint = endpoint;
        }

        return options;
    }

    // One endpoint for all signals has a path for each below it, over HTTP; one of a signal's own is taken as it is.
    private string? EndpointFor(OtlpExportProtocol protocol) => (Own("ENDPOINT"), Text("OTEL_EXPORTER_OTLP_ENDPOINT")) switch
    {
        ({ } own, _) => own,
        (null, { } all) when protocol == OtlpExportProtocol.HttpProtobuf => $"{all.TrimEnd('/')}/v1/{signal}",
        (null, var all) => all,
    };

    private static OtlpExportProtocol? ProtocolOf(string? name) => name switch
    {
        "grpc" => OtlpExportProtocol.Grpc,
        "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
        _ => null,
    };

    private static OtlpExportCompression? CompressionOf(string? name) => name switch
    {
        "gzip" => OtlpExportCompression.GZip,
        "none" => OtlpExportCompression.None,
        _ => null,
    };

    private string? Wanted(string setting) => Own(setting) ?? Text($"OTEL_EXPORTER_OTLP_{setting}");

    private string? Own(string setting) => Text($"OTEL_EXPORTER_OTLP_{Variable}_{setting}");

    private string? Text(string key) => configuration[key] is { Length: > 0 } text ? text : null;
}
