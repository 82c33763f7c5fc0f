using System.Globalization;
using System.Net;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Tests.Compat.Telemetry;

public sealed class ScrapeTests
{
    [Fact]
    public async Task WithinTheCacheDuration_AnswersShowOneCollection()
    {
        await using var app = await ScrapedApp.StartAsync(options: options => options.ScrapeResponseCacheDurationMilliseconds = 600_000);
        var collections = 0;
        app.Meter.CreateObservableGauge("collections", () => ++collections);

        var first = await app.ScrapeAsync();
        Assert.Contains("collections{", first, StringComparison.Ordinal);
        Assert.Equal(first, await app.ScrapeAsync());
        var other = await app.ScrapeAsync(ScrapedApp.OpenMetrics);
        Assert.Equal(other, await app.ScrapeAsync(ScrapedApp.OpenMetrics));
    }

    [Fact]
    public async Task SimultaneousScrapes_ShareACollection_EvenWithoutCache()
    {
        using var arrived = new CountdownEvent(9);
        await using var app = await ScrapedApp.StartAsync(map: web => web.MapPrometheusScrapingEndpoint(
            "/metrics",
            meterProvider: null,
            branch => branch.Use((context, next) =>
            {
                arrived.Signal();
                return next(context);
            }),
            optionsName: null));
        var collections = 0;
        using var begun = new ManualResetEventSlim();
        using var goOn = new ManualResetEventSlim();
        app.Meter.CreateObservableGauge("collections", () =>
        {
            var now = Interlocked.Increment(ref collections);
            begun.Set();
            goOn.Wait(TimeSpan.FromSeconds(30));
            return now;
        });

        var first = app.ScrapeAsync();
        Assert.True(begun.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        var others = Enumerable.Range(0, 8).Select(_ => app.ScrapeAsync()).ToArray();
        Assert.True(arrived.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        goOn.Set();

        await first;
        await Task.WhenAll(others);
        // One more is allowed to those that had arrived, but got in line only after the first had ended.
        Assert.InRange(collections, 1, 2);
    }

    [Fact]
    public async Task UnderLoad_EveryScrapeIsWholeAndConsistent()
    {
        await using var app = await ScrapedApp.StartAsync();
        var wait = app.Meter.CreateHistogram<double>("wait", "s");
        using var stop = new CancellationTokenSource();
        var load = Enumerable.Range(0, 2).Select(worker => Task.Run(() =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                wait.Record(1, new KeyValuePair<string, object?>("provider", $"p{(i + worker) % 50}"));
            }
        })).ToArray();

        for (var i = 0; i < 30; i++)
        {
            var bodies = await Task.WhenAll(app.ScrapeAsync(), app.ScrapeAsync(ScrapedApp.OpenMetrics));
            Assert.All(bodies, AssertConsistent);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
    }

    [Fact]
    public async Task CallbackThatThrows_DoesNotSpoilTheScrape()
    {
        await using var app = await ScrapedApp.StartAsync();
        app.Meter.CreateObservableGauge("broken", int () => throw new InvalidOperationException("broken on purpose"));
        app.Meter.CreateGauge<int>("whole").Record(1);

        Assert.Contains("whole 1", await app.LinesAsync(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Path_IsThatOfTheOptions()
    {
        await using var app = await ScrapedApp.StartAsync(options: options => options.ScrapeEndpointPath = "/internal/metrics");

        Assert.NotEmpty(await app.ScrapeAsync(path: "/internal/metrics"));
        using var absent = await app.GetAsync();
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task Mapping_NamesItsPath_AndTakesConventionsAndMiddleware()
    {
        await using var app = await ScrapedApp.StartAsync(map: web => web
            .MapPrometheusScrapingEndpoint("/probe", meterProvider: null, branch => branch.Use((context, next) =>
            {
                context.Response.Headers["x-seen"] = "yes";
                return next(context);
            }), optionsName: null)
            .DisableHttpMetrics());

        using var response = await app.GetAsync(path: "/probe");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("yes", response.Headers.GetValues("x-seen").Single());
    }

    [Fact]
    public async Task Middleware_AnswersItsPathAndLeavesTheRest()
    {
        await using var app = await ScrapedApp.StartAsync(map: web =>
        {
            web.UseOpenTelemetryPrometheusScrapingEndpoint("/scrape");
            web.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Request.Query.ContainsKey("metrics"));
            web.Run(context => context.Response.WriteAsync("the application"));
        });

        Assert.Contains("target_info", await app.ScrapeAsync(path: "/scrape"), StringComparison.Ordinal);
        Assert.Contains("target_info", await app.ScrapeAsync(path: "/any?metrics"), StringComparison.Ordinal);
        Assert.Equal("the application", await app.ScrapeAsync(path: "/metrics"));
    }

    [Fact]
    public async Task ProviderOfOnesOwn_CanBeScraped()
    {
        using var own = new System.Diagnostics.Metrics.Meter($"own.{Guid.NewGuid():N}");
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(own.Name).AddPrometheusExporter().Build();
        await using var app = await ScrapedApp.StartAsync(map: web => web.MapPrometheusScrapingEndpoint(
            "/own", provider, configureBranchedPipeline: null, optionsName: null));
        own.CreateGauge<int>("mine").Record(1);
        app.Meter.CreateGauge<int>("theirs").Record(1);

        var text = await app.ScrapeAsync(path: "/own");
        Assert.Contains("\nmine{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("theirs", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProviderWithoutExporter_IsRefusedWhenMapped()
    {
        using var provider = Sdk.CreateMeterProviderBuilder().Build();

        await Assert.ThrowsAnyAsync<Exception>(() => ScrapedApp.StartAsync(map: web => web.MapPrometheusScrapingEndpoint(
            "/metrics", provider, configureBranchedPipeline: null, optionsName: null)));
    }

    [Fact]
    public async Task SdkThatIsTurnedOff_IsScrapedWithoutContent()
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("OTEL_SDK_DISABLED", "true")]).Build();
        using var provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureServices(services => services.AddSingleton<IConfiguration>(settings))
            .AddPrometheusExporter()
            .Build();
        await using var app = await ScrapedApp.StartAsync(map: web => web.MapPrometheusScrapingEndpoint(
            "/off", provider, configureBranchedPipeline: null, optionsName: null));

        Assert.Equal("", await app.ScrapeAsync(path: "/off"));
    }

    [Fact]
    public async Task AfterShutdown_ScrapesFailWithoutHarm()
    {
        var provider = Sdk.CreateMeterProviderBuilder().AddPrometheusExporter().Build();
        await using var app = await ScrapedApp.StartAsync(map: web => web.MapPrometheusScrapingEndpoint(
            "/own", provider, configureBranchedPipeline: null, optionsName: null));
        provider.Dispose();

        using var response = await app.GetAsync(path: "/own");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    // Every recorded value is 1, so a snapshot's sum equals its count, and both the last bucket.
    private static void AssertConsistent(string exposition)
    {
        var series = exposition.Split('\n')
            .Where(line => line.StartsWith("wait_seconds_", StringComparison.Ordinal))
            .Where(line => !line.Contains("_created", StringComparison.Ordinal))
            .GroupBy(line => line[line.IndexOf("provider=", StringComparison.Ordinal)..].Split('"')[1], StringComparer.Ordinal);
        foreach (var lines in series)
        {
            double Value(string part) => double.Parse(
                lines.Single(line => line.Contains(part, StringComparison.Ordinal)).Split(' ')[^1], CultureInfo.InvariantCulture);
            Assert.Equal(Value("_count{"), Value("_sum{"));
            Assert.Equal(Value("_count{"), Value("le=\"+Inf\""));
        }
    }
}
