using System.Diagnostics.Metrics;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Gateway.Tests.Compat.Telemetry;

/// <summary>A web application with one meter, scraped over real HTTP. Answers aren't cached unless a test wants it.</summary>
internal sealed class ScrapedApp : IAsyncDisposable
{
    public const string OpenMetrics = "application/openmetrics-text;version=1.0.0";

    private readonly WebApplication _app;

    private ScrapedApp(WebApplication app, Meter meter)
    {
        _app = app;
        Meter = meter;
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
    }

    public Meter Meter { get; }

    public HttpClient Client { get; }

    public static async Task<ScrapedApp> StartAsync(
        Action<MeterProviderBuilder>? metrics = null,
        Action<PrometheusAspNetCoreOptions>? options = null,
        Action<WebApplication>? map = null)
    {
        // Meters are seen by the whole process, and tests run side by side.
        var meter = new Meter($"test.{Guid.NewGuid():N}", "1.2");
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddOpenTelemetry().WithMetrics(provider =>
        {
            provider.AddMeter(meter.Name).AddPrometheusExporter(prometheus =>
            {
                prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
                options?.Invoke(prometheus);
            });
            metrics?.Invoke(provider);
        });

        var app = builder.Build();
        (map ?? (mapped => mapped.MapPrometheusScrapingEndpoint()))(app);
        await app.StartAsync();
        return new ScrapedApp(app, meter);
    }

    public async Task<string> ScrapeAsync(string? accept = null, string path = "/metrics")
    {
        using var response = await GetAsync(accept, path);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async Task<HttpResponseMessage> GetAsync(string? accept = null, string path = "/metrics")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The lines about our own metrics, without the labels that name the meter.</summary>
    public async Task<string[]> LinesAsync(string? accept = null)
    {
        var text = await ScrapeAsync(accept);
        var scope = $"otel_scope_name=\"{Meter.Name}\",otel_scope_version=\"1.2\"";
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => line != "# EOF")
                .Where(line => !line.Contains("target", StringComparison.Ordinal) && !line.Contains("_created", StringComparison.Ordinal))
                .Select(line => line.Replace(scope + ",", "", StringComparison.Ordinal))
                .Select(line => line.Replace($"{{{scope}}}", "", StringComparison.Ordinal)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Meter.Dispose();
        await _app.DisposeAsync();
    }
}
