using System.Diagnostics;
using System.Globalization;
using System.Net;

using Gateway.Observability;

namespace Gateway.Proxy;

/// <summary>
/// The client span of one attempt, after OpenTelemetry's HTTP conventions. The address goes in without path and query: both are the
/// caller's, and a query may hold what the provider injects. The route says which of the third party's calls it was.
/// </summary>
internal static class AttemptSpan
{
    /// <returns>Null when nobody listens or the request is not sampled.</returns>
    public static Activity? Start(HttpRequestMessage request, UpstreamRequest exchange)
    {
        if (GatewayActivities.StartStep(GatewayActivities.Attempt, ActivityKind.Client) is not { } span)
        {
            return null;
        }

        var origin = exchange.Credential.Origin;
        span.SetTag("http.request.method", AttemptMetrics.MethodOf(request.Method));
        span.SetTag("server.address", origin.Host);
        span.SetTag("server.port", origin.Port);
        span.SetTag("url.full", $"{origin.Scheme}://{origin.Authority}/REDACTED");
        span.SetTag(GatewayTags.Provider, exchange.Provider.Name);
        span.SetTag(GatewayTags.Route, exchange.Route.RouteId);
        if (exchange.Replay is not null)
        {
            span.SetTag("http.request.resend_count", 1);
        }

        return span;
    }

    public static void Answered(Activity? span, HttpResponseMessage answer)
    {
        span?.SetTag("network.protocol.version", AttemptMetrics.VersionOf(answer.Version));
        Answered(span, answer.StatusCode);
    }

    public static void Failed(Activity? span, string error, CancellationToken cancellationToken)
    {
        if (error == AttemptError.Refused)
        {
            Answered(span, HttpStatusCode.Unauthorized);
        }
        else if (!cancellationToken.IsCancellationRequested)
        {
            span?.SetTag("error.type", error);
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static void Answered(Activity? span, HttpStatusCode answer)
    {
        var status = (int)answer;
        span?.SetTag("http.response.status_code", status);
        if (status >= 400)
        {
            span?.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
            span?.SetStatus(ActivityStatusCode.Error);
        }
    }
}
