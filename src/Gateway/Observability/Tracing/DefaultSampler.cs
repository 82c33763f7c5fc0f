using OpenTelemetry.Trace;

namespace Gateway.Observability.Tracing;

/// <summary>
/// What becomes a trace when nobody further up decided: one request in a hundred, and every refresh in the background. Those are few, and
/// what went wrong in one can't be seen anywhere else. <c>OTEL_TRACES_SAMPLER</c> takes its place.
/// </summary>
internal sealed class DefaultSampler : Sampler
{
    private const double Requests = 0.01;

    private readonly TraceIdRatioBasedSampler _ratio = new(Requests);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Name == GatewayActivities.Refresh
            ? new SamplingResult(SamplingDecision.RecordAndSample)
            : _ratio.ShouldSample(samplingParameters);
}
