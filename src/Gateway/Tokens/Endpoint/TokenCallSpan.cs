using System.Diagnostics;
using System.Globalization;

using Gateway.Observability;

namespace Gateway.Tokens.Endpoint;

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

    private static Activity? Current =>
        Activity.Current is { IsAllDataRequested: true, OperationName: GatewayActivities.TokenCall } span ? span : null;
}
