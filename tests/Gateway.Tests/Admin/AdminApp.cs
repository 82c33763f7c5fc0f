using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

using Gateway.Admin;
using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens;

namespace Gateway.Tests.Admin;

/// <summary>The admin API on a real socket with an in-memory store.</summary>
internal sealed class AdminApp : IAsyncDisposable
{
    public const string Key = "an-admin-key-for-tests-only";

    private readonly WebApplication _app;

    private AdminApp(WebApplication app, ManualClock clock, InMemoryConnectionStore store, LogCapture logs)
    {
        _app = app;
        (Clock, Store, Logs) = (clock, store, logs);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Key);
    }

    public ManualClock Clock { get; }

    public InMemoryConnectionStore Store { get; }

    public LogCapture Logs { get; }

    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<AdminApp> StartAsync(params Provider[] providers)
    {
        var clock = new ManualClock();
        var store = new InMemoryConnectionStore(clock);
        var logs = new LogCapture();
        var catalog = new ProviderCatalog();
        catalog.Replace(
            providers is [] ? [TestProviders.Code(), TestProviders.Machine(), TestProviders.Hosted(), TestProviders.Keys()] : providers);

        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddSingleton<TimeProvider>(clock).AddSingleton<IConnectionStore>(store)
            .AddSingleton<IGrantJournal, InMemoryGrantJournal>().AddSingleton<IInstanceRegistry>(new InMemoryInstances())
            .AddSingleton(catalog);
        builder.Services.AddSingleton(new AdminKey(new Secret(Key)));
        builder.Services.AddSingleton<GatewayMetrics>().AddDistributedMemoryCache().AddGatewayTokens();
        builder.Services.AddGatewayAdmin();
        builder.Services.AddSingleton(new StoreKeys(static _ => Task.FromResult<IReadOnlyList<StoreKey>>(
            [new("00000000000000aa", Active: true, Configured: true, 7), new("00000000000000bb", Active: false, Configured: false, 2)])));
        var app = builder.Build();
        app.UseGatewayAdmin();
        app.UseRouting();
        app.UseAuthorization();
        app.MapGatewayAdmin();
        app.MapGet("/elsewhere", static () => "not an operators' endpoint");
        await app.StartAsync();
        return new AdminApp(app, clock, store, logs);
    }

    public async Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string? body = null)
    {
        using var response = await RespondAsync(method, path, body);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text));
    }

    public async Task<HttpResponseMessage> RespondAsync(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public Task<(int Status, JsonNode? Body)> GetAsync(string path) => SendAsync(HttpMethod.Get, path);

    public Task<(int Status, JsonNode? Body)> PutAsync(string path, object body) =>
        SendAsync(HttpMethod.Put, path, body as string ?? JsonSerializer.Serialize(body));

    public async Task<Connection> StoredAsync(string provider, string name) =>
        await Store.ReadAsync(new(provider, name), CancellationToken.None) ?? throw new InvalidOperationException("Nothing is stored.");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }
}
