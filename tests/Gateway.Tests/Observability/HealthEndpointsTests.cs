using System.Net;

using Gateway.Observability;

namespace Gateway.Tests.Observability;

public sealed class HealthEndpointsTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _app;
    private string? _storeTrouble;
    private bool _warm;
    private bool _keyMissing;

    public HealthEndpointsTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(new Readiness(() => _storeTrouble, () => _warm, () => _keyMissing, _stopping.Token));
        builder.Services.AddHealthChecks().AddCheck<Readiness>(HealthEndpoints.ReadinessCheck);
        _app = builder.Build();
        HealthEndpoints.Map(_app);
    }

    [Theory]
    [InlineData(null, false, 200, """{"status":"ready"}""")]
    [InlineData(null, true, 200, """{"status":"ready"}""")]
    [InlineData("unreachable", true, 200, """{"status":"ready","warnings":["store:unreachable"]}""")]
    [InlineData("unreachable", false, 503, """{"status":"unready","reasons":["store:unreachable"]}""")]
    [InlineData("authentication", false, 503, """{"status":"unready","reasons":["store:authentication"]}""")]
    public async Task Readiness_depends_on_the_store_unless_the_instance_is_warm(string? trouble, bool warm, int status, string body)
    {
        (_storeTrouble, _warm) = (trouble, warm);
        Assert.Equal((status, body), await GetAsync("/health/ready"));
        Assert.Equal((200, """{"status":"live"}"""), await GetAsync("/health/live"));
    }

    [Fact]
    public async Task A_missing_encryption_key_is_a_warning_and_the_instance_stays_ready()
    {
        _keyMissing = true;
        Assert.Equal((200, """{"status":"ready","warnings":["store:key_missing"]}"""), await GetAsync("/health/ready"));

        (_storeTrouble, _warm) = ("timeout", true);
        Assert.Equal((200, """{"status":"ready","warnings":["store:timeout","store:key_missing"]}"""), await GetAsync("/health/ready"));
    }

    [Fact]
    public async Task A_stopping_instance_is_live_and_not_ready()
    {
        _warm = true;
        await _stopping.CancelAsync();
        Assert.Equal((503, """{"status":"unready","reasons":["stopping"]}"""), await GetAsync("/health/ready"));
        Assert.Equal((200, """{"status":"live"}"""), await GetAsync("/health/live"));
    }

    [Theory]
    [InlineData(null, HttpStatusCode.OK)]
    [InlineData("unreachable", HttpStatusCode.ServiceUnavailable)]
    public async Task A_probe_by_HEAD_gets_the_status_without_a_body(string? trouble, HttpStatusCode status)
    {
        await StartAsync();
        _storeTrouble = trouble;
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        using var request = new HttpRequestMessage(HttpMethod.Head, "/health/ready");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((status, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_probe_by_another_method_is_refused()
    {
        await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        using var response =
            await client.PostAsync(new Uri("/health/ready", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task A_probe_is_not_cached()
    {
        await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        using var response = await client.GetAsync(new Uri("/health/ready", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task<(int Status, string Body)> GetAsync(string path)
    {
        await StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(_app.Urls.First()) };
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task StartAsync()
    {
        if (!_app.Lifetime.ApplicationStarted.IsCancellationRequested)
        {
            await _app.StartAsync(TestContext.Current.CancellationToken);
        }
    }
}
