using System.Globalization;
using System.Text.Json;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Proxy;

/// <summary>Writes the answers that the gateway makes itself on proxied routes (docs/decisions/0040).</summary>
public sealed partial class GatewayProblem(GatewayMetrics metrics, ProviderCatalog providers, ILogger<GatewayProblem> logger)
{
    private const int DefaultRetryAfterSeconds = 1;

    /// <param name="context">The request; its response must not have started.</param>
    /// <param name="failure">The reason.</param>
    /// <param name="provider">As configured; empty when no route matched.</param>
    /// <param name="connection">Null when the request was refused before its connection was known.</param>
    public Task WriteAsync(HttpContext context, CredentialFailure failure, string provider = "", string? connection = null)
    {
        metrics.Refused(provider, failure.Error);
        var (status, title) = failure.Error.Describe();
        var code = failure.Error.ToCode();
        var trace = RequestTrace.IdOf(context);
        Log.Answered(logger, code, provider, connection, trace);
        var problem = new ProblemBody(
            ProblemBody.TypeOf(code), title, status, failure.Detail, code, provider.Length > 0 ? provider : null, connection, trace);
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, ProblemJson.Default.ProblemBody);

        var response = context.Response;
        response.StatusCode = status;
        response.ContentType = ProblemBody.ContentType;
        response.ContentLength = body.Length;
        response.Headers[ProblemBody.CodeHeader] = code;
        response.Headers.CacheControl = "no-store";
        if (failure.Error == GatewayError.CredentialUnavailable)
        {
            var seconds = Math.Max(DefaultRetryAfterSeconds, Math.Ceiling(failure.RetryAfter?.TotalSeconds ?? 0));
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }
        else if (failure.Error == GatewayError.MethodNotAllowed && providers.Find(provider) is { } known)
        {
            response.Headers.Allow = string.Join(", ", known.Methods.Order(StringComparer.Ordinal));
        }

        return response.Body.WriteAsync(body, context.RequestAborted).AsTask();
    }

    private static partial class Log
    {
        [LoggerMessage(4010, LogLevel.Debug, "Answered {Code} (provider {Provider}, connection {Connection}, trace {Trace}).")]
        public static partial void Answered(ILogger logger, string code, string provider, string? connection, string trace);
    }
}
