using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

using Gateway.Credentials;
using Gateway.Observability;

namespace Gateway.Forwarding;

/// <summary>The one table from cause to status, and the one shape of an answer that the gateway makes itself (RFC 9457).</summary>
public sealed class GatewayProblem(GatewayMetrics metrics, ProviderCatalog providers)
{
    private const int DefaultRetryAfterSeconds = 1;

    /// <param name="context">The request; its response must not have started.</param>
    /// <param name="failure">Why.</param>
    /// <param name="provider">As configured; empty when the request reached no route.</param>
    /// <param name="connection">Null when it did not come that far.</param>
    public Task WriteAsync(HttpContext context, CredentialFailure failure, string provider = "", string? connection = null)
    {
        metrics.Refused(provider, failure.Error);
        var (status, title) = Describe(failure.Error);
        var code = failure.Error.ToCode();
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemBody(
                $"urn:gateway:problem:{code}", title, status, failure.Detail, code, provider.Length > 0 ? provider : null, connection,
                Activity.Current?.TraceId.ToHexString() ?? context.TraceIdentifier),
            ProblemJson.Default.ProblemBody);

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        response.ContentLength = body.Length;
        response.Headers["Gateway-Error"] = code;
        response.Headers.CacheControl = "no-store";
        Explain(response.Headers, failure, provider);
        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private void Explain(IHeaderDictionary headers, CredentialFailure failure, string provider)
    {
        switch (failure.Error)
        {
            case GatewayError.MethodNotAllowed when providers.Find(provider) is { } known:
                headers.Allow = string.Join(", ", known.Methods.Order(StringComparer.Ordinal));
                break;
            case GatewayError.CredentialUnavailable:
                var seconds = Math.Ceiling(failure.RetryAfter?.TotalSeconds ?? DefaultRetryAfterSeconds);
                headers.RetryAfter = Math.Max(DefaultRetryAfterSeconds, seconds).ToString(CultureInfo.InvariantCulture);
                break;
        }
    }

    // No 401 for the gateway's own trouble: the caller has no credentials to improve.
    private static (int Status, string Title) Describe(GatewayError error) => error switch
    {
        GatewayError.RouteNotFound => (404, "No route matches"),
        GatewayError.BadRequest => (400, "Request refused"),
        GatewayError.MethodNotAllowed => (405, "Method not allowed"),
        GatewayError.InvalidConnection => (400, "Invalid connection name"),
        GatewayError.ConnectionNotFound => (404, "Connection not found"),
        GatewayError.ReauthorizationRequired => (424, "Connection must be authorized again"),
        GatewayError.ScopeNotGranted => (403, "Scope not granted"),
        GatewayError.CredentialUnavailable => (503, "No usable credential for now"),
        GatewayError.ProviderMisconfigured => (502, "Provider misconfigured"),
        GatewayError.UpstreamTimeout => (504, "Third party too slow"),
        _ => (502, "Third party unreachable"),
    };
}
