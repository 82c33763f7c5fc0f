using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;
using OpenTelemetry.Exporter.Prometheus;
using OpenTelemetry.Metrics;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Puts the scrape endpoint into an application's pipeline, for applications without routing.</summary>
public static class PrometheusExporterApplicationBuilderExtensions
{
    /// <summary>Answers requests for the path of the options.</summary>
    public static IApplicationBuilder UseOpenTelemetryPrometheusScrapingEndpoint(this IApplicationBuilder app) =>
        UseOpenTelemetryPrometheusScrapingEndpoint(app, null, null, null, null, null);

    /// <summary>Answers requests for <paramref name="path"/>.</summary>
    public static IApplicationBuilder UseOpenTelemetryPrometheusScrapingEndpoint(this IApplicationBuilder app, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return UseOpenTelemetryPrometheusScrapingEndpoint(app, null, null, path, null, null);
    }

    /// <summary>Answers requests that <paramref name="predicate"/> accepts.</summary>
    public static IApplicationBuilder UseOpenTelemetryPrometheusScrapingEndpoint(
        this IApplicationBuilder app, Func<HttpContext, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return UseOpenTelemetryPrometheusScrapingEndpoint(app, null, predicate, null, null, null);
    }

    /// <summary>Answers the requests that satisfy both the path and the predicate.</summary>
    /// <param name="app">The pipeline to add to.</param>
    /// <param name="meterProvider">Whose metrics to expose; null for the container's provider.</param>
    /// <param name="predicate">Null accepts every request.</param>
    /// <param name="path">Null for any path if there is a predicate, and for the path of the options if there is none.</param>
    /// <param name="configureBranchedPipeline">Middleware to run before the endpoint.</param>
    /// <param name="optionsName">The name of the options that hold the path.</param>
    public static IApplicationBuilder UseOpenTelemetryPrometheusScrapingEndpoint(
        this IApplicationBuilder app,
        MeterProvider? meterProvider,
        Func<HttpContext, bool>? predicate,
        string? path,
        Action<IApplicationBuilder>? configureBranchedPipeline,
        string? optionsName)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (predicate is null)
        {
            path ??= app.ApplicationServices.GetRequiredService<IOptionsMonitor<PrometheusAspNetCoreOptions>>()
                .Get(optionsName ?? Options.DefaultName).ScrapeEndpointPath ?? PrometheusAspNetCoreOptions.DefaultScrapeEndpointPath;
        }

        var scraped = path is null ? (PathString?)null : new PathString(path);
        return app.MapWhen(
            context => (scraped is null || context.Request.Path == scraped) && predicate?.Invoke(context) != false,
            branch =>
            {
                configureBranchedPipeline?.Invoke(branch);
                branch.UseMiddleware<PrometheusScrapeMiddleware>(
                    meterProvider ?? app.ApplicationServices.GetRequiredService<MeterProvider>());
            });
    }
}
