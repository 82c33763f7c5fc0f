using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using OpenTelemetry.Metrics;

namespace OpenTelemetry.Exporter.Prometheus;

/// <summary>Answers a scrape. It ends the pipeline.</summary>
internal sealed partial class PrometheusScrapeMiddleware
{
    // Null if the SDK is turned off (OTEL_SDK_DISABLED): there is nothing to show then, and nothing wrong.
    private readonly PrometheusExporter? _exporter;
    private readonly ILogger _logger;

    public PrometheusScrapeMiddleware(MeterProvider provider, RequestDelegate next, ILogger<PrometheusScrapeMiddleware> logger)
    {
        _ = next;
        _logger = logger;
        _exporter = PrometheusExporter.Of(provider);
        if (_exporter is null && !IsTurnedOff(provider))
        {
            throw new ArgumentException("The meter provider has no Prometheus exporter: call AddPrometheusExporter.", nameof(provider));
        }
    }

    public async Task InvokeAsync(HttpContext context)
    {
        if (_exporter is null)
        {
            return;
        }

        var format = ScrapeFormat.Negotiate(context.Request.Headers.Accept);
        try
        {
            if (await _exporter.Scrapes.ScrapeAsync(format.IsOpenMetrics, context.RequestAborted) is { } exposition)
            {
                await AnswerAsync(context, format, exposition);
                return;
            }

            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The scraper went away: nobody is left to answer.
        }
#pragma warning disable CA1031 // A scrape that fails is logged and answered; it must not fail the application.
        catch (Exception exception) when (!context.Response.HasStarted)
#pragma warning restore CA1031
        {
            Log.ScrapeFailed(_logger, exception);
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    // The SDK's stand-in for a provider is not public; its name is all that can be asked for.
    private static bool IsTurnedOff(MeterProvider provider) =>
        provider.GetType().Name.Equals("NoopMeterProvider", StringComparison.Ordinal);

    private static async Task AnswerAsync(HttpContext context, ScrapeFormat format, byte[] exposition)
    {
        var response = context.Response;
        response.ContentType = format.ContentType;
        response.Headers.Vary = "Accept, Accept-Encoding";
        if (!AcceptsGzip(context.Request))
        {
            response.ContentLength = exposition.Length;
            await response.Body.WriteAsync(exposition, context.RequestAborted);
            return;
        }

        response.Headers.ContentEncoding = "gzip";
        await using var gzip = new GZipStream(response.Body, CompressionLevel.Fastest, leaveOpen: true);
        await gzip.WriteAsync(exposition, context.RequestAborted);
    }

    private static bool AcceptsGzip(HttpRequest request) =>
        StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out var encodings)
        && encodings.Any(encoding => encoding.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase) && encoding.Quality != 0);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A scrape failed.")]
        public static partial void ScrapeFailed(ILogger logger, Exception exception);
    }
}
