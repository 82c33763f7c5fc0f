using System.Diagnostics;
using System.Globalization;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

using OpenTelemetry.Trace;
using OpenTelemetry;

namespace Gateway.Observability;

/// <summary>
/// Completes the framework's server spans by OpenTelemetry's HTTP conventions: .NET 10 describes the request, not the route and not the
/// answer. Requests that are not sampled pass as they are.
/// </summary>
/// <param name="heeds">Whether a request's <c>traceparent</c> may decide that it is recorded. Anybody may write one.</param>
internal sealed class ServerSpans(Func<HttpContext, bool> heeds) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((HttpContext context, RequestDelegate rest) =>
            context.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } span && IsHeeded(context, span)
                ? DescribeAsync(context, rest, span)
                : rest(context));
        next(app);
    };

    private bool IsHeeded(HttpContext context, Activity span)
    {
        if (!span.HasRemoteParent || heeds(context))
        {
            return true;
        }

        Forget(span);
        return false;
    }

    private static void Forget(Activity span)
    {
        span.IsAllDataRequested = false;
        span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
    }

    private static async Task DescribeAsync(HttpContext context, RequestDelegate rest, Activity span)
    {
        try
        {
            await rest(context);
        }
        catch (Exception e)
        {
            Fail(span, e.GetType().FullName ?? "exception");
            throw;
        }
        finally
        {
            Name(span, context.GetEndpoint() as RouteEndpoint);
        }

        var status = StatusOf(context);
        span.SetTag("http.response.status_code", status);
        if (status >= StatusCodes.Status500InternalServerError)
        {
            Fail(span, status.ToString(CultureInfo.InvariantCulture));
        }
    }

    // As the server counts it a moment later: whoever hung up before there was an answer has seen none.
    private static int StatusOf(HttpContext context) => context.RequestAborted.IsCancellationRequested && !context.Response.HasStarted
        ? StatusCodes.Status499ClientClosedRequest
        : context.Response.StatusCode;

    // Probes and scrapes are as little worth a trace as a measurement.
    private static void Name(Activity span, RouteEndpoint? endpoint)
    {
        var method = span.GetTagItem("http.request.method") as string ?? "_OTHER";
        var route = endpoint?.RoutePattern.RawText;
        span.DisplayName = $"{(method == "_OTHER" ? "HTTP" : method)} {route}".TrimEnd();
        span.SetTag("http.route", route);
        if (endpoint?.Metadata.GetMetadata<IDisableHttpMetricsMetadata>() is not null)
        {
            Forget(span);
        }
    }

    private static void Fail(Activity span, string type)
    {
        span.SetTag("error.type", type);
        span.SetStatus(ActivityStatusCode.Error);
    }
}

/// <summary>
/// The last look at a span before it leaves, whoever made it: queries carry codes, states and keys, paths carry links that work once.
/// Where a path was, the route's pattern stands; a path without a route is nobody's business, nor is a method that callers make up.
/// </summary>
internal sealed class SpanScrubber : BaseProcessor<Activity>
{
    private const string Redacted = "REDACTED";

    public override void OnEnd(Activity data)
    {
        data.SetTag("url.query", null);
        data.SetTag("user_agent.original", null);
        data.SetTag("http.request.method_original", null);
        if (data.GetTagItem("url.path") is not null)
        {
            data.SetTag("url.path", data.GetTagItem("http.route") ?? Redacted);
        }

        if (data.GetTagItem("url.full") is string full && Uri.TryCreate(full, UriKind.Absolute, out var uri))
        {
            data.SetTag("url.full", $"{uri.Scheme}://{uri.Authority}/{Redacted}");
        }
    }
}

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
