using System.Diagnostics;
using System.Globalization;

using Gateway.Observability;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// Describes the span of a token call after OpenTelemetry's HTTP conventions: whom it went to and the status, nothing of the form and
/// nothing of the answer. Calls that are not traced pass by.
/// </summary>
internal static class TokenCallSpan
{
    public static void Asked(Uri endpoint)
    {
        if (Current is { } span)
        {
            span.SetTag("http.request.method", "POST");
            span.SetTag("server.address", endpoint.Host);
            span.SetTag("server.port", endpoint.Port);
            span.SetTag("url.full", $"{endpoint.Scheme}://{endpoint.Authority}/REDACTED");
        }
    }

    public static void Answered(int status)
    {
        Current?.SetTag("http.response.status_code", status);
        if (status >= 400)
        {
            Current?.SetTag("error.type", status.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <param name="span">Null when the call is not traced.</param>
    /// <param name="reason">Of a closed set; the <c>error.type</c> too, when there was no status or a status of success.</param>
    public static void Failed(Activity? span, string reason)
    {
        if (span?.GetTagItem("error.type") is null)
        {
            span?.SetTag("error.type", reason);
        }

        span?.SetStatus(ActivityStatusCode.Error, reason);
    }

    private static Activity? Current =>
        Activity.Current is { IsAllDataRequested: true, OperationName: GatewayActivities.TokenCall } span ? span : null;
}
