namespace Gateway.Testing.Otlp;

/// <summary>A series as a collector gets it (opentelemetry/proto/metrics/v1/metrics.proto).</summary>
/// <param name="Value">Of a gauge or sum; of a histogram its count.</param>
internal sealed record OtlpPoint(string Name, IReadOnlyDictionary<string, object?> Attributes, double Value)
{
    /// <summary>Of an ExportMetricsServiceRequest.</summary>
    public static IEnumerable<OtlpPoint> All(WireMessage request) =>
        from resource in request.Messages(1)
        from scope in resource.Messages(2)
        from metric in scope.Messages(2)
        from point in Points(metric)
        select point;

    // Gauge 5 and sum 7 hold number points (attributes 7, double 4, integer 6), histogram 9 holds histogram points (attributes 9, count 4).
    private static IEnumerable<OtlpPoint> Points(WireMessage metric)
    {
        var numbers = new[] { 5, 7 }.Select(metric.Message).OfType<WireMessage>().SelectMany(static data => data.Messages(1));
        var histograms = metric.Message(9)?.Messages(1) ?? [];
        return numbers
            .Select(
                point =>
                    new OtlpPoint(metric.Text(1), OtlpValue.Attributes(point, 7), point.Has(4) ? point.Double(4) : (long)point.Number(6)))
            .Concat(histograms.Select(point => new OtlpPoint(metric.Text(1), OtlpValue.Attributes(point, 9), point.Number(4))));
    }
}
