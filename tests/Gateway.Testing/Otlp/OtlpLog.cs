namespace Gateway.Testing.Otlp;

/// <summary>A log record as a collector gets it (opentelemetry/proto/logs/v1/logs.proto).</summary>
/// <param name="Category">The scope's name.</param>
internal sealed record OtlpLog(
    string Category, string Severity, string Body, string TraceId, IReadOnlyDictionary<string, object?> Attributes)
{
    /// <summary>Of an ExportLogsServiceRequest.</summary>
    public static IEnumerable<OtlpLog> All(WireMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from log in scope.Messages(2)
        select new OtlpLog(
            scope.Message(1)?.Text(1) ?? "", log.Text(3), OtlpValue.Of(log.Message(5)) as string ?? "", log.Hex(9),
            OtlpValue.Attributes(log, 6));
}
