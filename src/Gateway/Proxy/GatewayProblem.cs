using System.Globalization;
using System.Text.Json;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Proxy;

/// <summary>Answers of the gateway itself on proxied routes.</summary>
public sealed partial class GatewayProblem(GatewayMetrics metrics, ProviderCatalog providers, ILogger<GatewayProblem> logger)
{
    private const int DefaultRetryAfterSeconds = 1;

    /// <param name="context">The request; its response must not have started.</param>
    /// <param name="failure">Why.</param>
    /// <param name="provider">As configured; empty when the request reached no route.</param>
    /// <param name="connection">Null when it did not come that far.</param>
    public Task WriteAsync(HttpContext context, CredentialFailure failure, string provider = "", string? connection = null)
    {
        metrics.Refused(provider, failure.Error);
        var (status, title) = failure.Error.Describe();
        var code = failure.Error.ToCode();
        var trace = RequestTrace.IdOf(context);
        Log.Answered(logger, code, provider, connection, trace);
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new ProblemBody(
                ProblemBody.TypeOf(code), title, status, failure.Detail, code, provider.Length > 0 ? provider : null, connection, trace),
            ProblemJson.Default.ProblemBody);

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = ProblemBody.ContentType;
        response.ContentLength = body.Length;
        response.Headers[ProblemBody.CodeHeader] = code;
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

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Debug, "Answered {Code} (provider {Provider}, connection {Connection}, trace {Trace}).")]
        public static partial void Answered(ILogger logger, string code, string provider, string? connection, string trace);
    }
}
