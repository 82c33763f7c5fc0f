using System.Diagnostics;
using System.Globalization;
using System.Net;

using Gateway.Forwarding.Replay;
using Gateway.Observability;

namespace Gateway.Forwarding;

/// <summary>
/// The client span of one attempt, after OpenTelemetry's HTTP conventions. The address goes in without path and query: both are the
/// caller's, and a query may hold what the provider injects.
/// </summary>
internal static class AttemptSpan
{
    /// <returns>Null when nobody listens or the request is not sampled.</returns>
    public static Activity? Start(HttpRequestMessage request, Exchange exchange)
    {
        if (Activity.Current is { Recorded: false }
            || GatewayActivities.Source.StartActivity(GatewayActivities.Attempt, ActivityKind.Client) is not { } span)
        {
            return null;
        }

        span.SetTag("http.request.method", request.Method.Method);
        span.SetTag("server.address", exchange.Credential.Origin.Host);
        span.SetTag("server.port", exchange.Credential.Origin.Port);
        span.SetTag(GatewayTags.Provider, exchange.Provider.Name);
        if (exchange.Replay is not null)
        {
            span.SetTag("http.request.resend_count", 1);
        }

        return span;
    }

    public static void Answered(Activity span, HttpStatusCode answer)
    {
        var status = (int)answer;
        span.SetTag("http.response.status_code", status);
        if (status >= 400)
        {
            span.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    public static void Failed(Activity span, Exception failure, CancellationToken cancellationToken)
    {
        if (failure is AttemptAbandonedException)
        {
            Answered(span, HttpStatusCode.Unauthorized);
        }
        else if (!cancellationToken.IsCancellationRequested)
        {
            span.SetTag("error.type", failure.GetType().FullName);
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
