namespace Gateway.Testing.Otlp;

/// <summary>A span as a collector gets it (opentelemetry/proto/trace/v1/trace.proto).</summary>
/// <param name="Service"><c>service.instance.id</c> of its resource: tells processes apart.</param>
/// <param name="Kind">1 internal, 2 server, 3 client.</param>
/// <param name="Links">Trace and span, joined by a dash.</param>
/// <param name="Status">0 unset, 1 ok, 2 error.</param>
internal sealed record OtlpSpan(
    string Service,
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    int Kind,
    IReadOnlyDictionary<string, object?> Attributes,
    IReadOnlyList<string> Links,
    int Status)
{
    public string Context => $"{TraceId}-{SpanId}";

    /// <summary>Of an ExportTraceServiceRequest.</summary>
    public static IEnumerable<OtlpSpan> All(WireMessage request) =>
        from resource in request.Messages(1)
        let service = OtlpValue.Attributes(resource.Message(1), 1).GetValueOrDefault("service.instance.id") as string ?? ""
        from scope in resource.Messages(2)
        from span in scope.Messages(2)
        select new OtlpSpan(
            service, span.Hex(1), span.Hex(2), span.Hex(4), span.Text(5), (int)span.Number(6), OtlpValue.Attributes(span, 9),
            [.. span.Messages(13).Select(static link => $"{link.Hex(1)}-{link.Hex(2)}")], (int)(span.Message(15)?.Number(3) ?? 0));
}
