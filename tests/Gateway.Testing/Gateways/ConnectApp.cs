using System.Net.Http.Headers;
using System.Text.Json.Nodes;

using Gateway.Configuration;
using Gateway.Configuration.Listeners;
using Gateway.Demo;
using Gateway.Model;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Gateway.Testing;

/// <summary>The whole gateway with the shipped configuration, the four simulated providers behind it, and a store in memory.</summary>
internal sealed class ConnectApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private readonly bool _isSecond;

    private ConnectApp(SimulatedProviders providers, ConnectApp? sibling, string[] settings)
    {
        Providers = providers;
        _isSecond = sibling is not null;
        Clock = sibling?.Clock ?? new ManualClock();
        Store = sibling?.Store ?? new InMemoryConnectionStore(Clock);
        Once = sibling?.Once ?? new InMemoryOneTimeStore(Clock);
        _app = GatewayHosting.Build(
            [.. DemoSettings.For(providers, DemoPorts.Free, AdminKey, "unused"), "Logging:LogLevel:Default=Trace",
                "Logging:LogLevel:Gateway.Configuration=Trace", .. settings],
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(Logs);
                builder.Services.AddSingleton<TimeProvider>(Clock);
                KeepInMemory(builder.Services);
            });
    }

    public static string AdminKey => "admin-key-canary-of-these-tests";

    public SimulatedProviders Providers { get; }

    public ManualClock Clock { get; }

    public InMemoryConnectionStore Store { get; }

    public InMemoryOneTimeStore Once { get; }

    public InMemoryGrantJournal Journal { get; } = new();

    public LogCapture Logs { get; } = new();

    public OwnerBrowser Browser { get; } = new();

    public HttpClient Operator { get; private set; } = null!;

    public Uri Connect => _app.AddressOf(GatewayListener.Connect);

    public Uri Proxy => _app.AddressOf(GatewayListener.Proxy);

    public int CodesRedeemed => new[] { Providers.Bokio.Authorization, Providers.Bexio.Authorization, Providers.Bipsync.Authorization }
        .Sum(static server => server.Counters.CallsOf("authorization_code"));

    public static async Task<ConnectApp> StartAsync(params string[] settings)
    {
        var app = new ConnectApp(await SimulatedProviders.StartAsync(), null, settings);
        await app.RunAsync();
        app.Providers.RegisterCallbacks(app.Connect);
        return app;
    }

    /// <summary>Another instance of the same gateway: the same store, the same public address.</summary>
    public static async Task<ConnectApp> BesideAsync(ConnectApp sibling, params string[] settings)
    {
        var app = new ConnectApp(sibling.Providers, sibling, [$"Connect:PublicUrl={sibling.Connect}", .. settings]);
        await app.RunAsync();
        return app;
    }

    private async Task RunAsync()
    {
        Assert.Empty(await _app.LoadConfigurationAsync());
        await _app.StartAsync();
        Operator = new HttpClient { BaseAddress = _app.AddressOf(GatewayListener.Admin) };
        Operator.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", AdminKey);
    }

    /// <summary>Creates a connect link through the admin API.</summary>
    public async Task<Uri> LinkAsync(string provider, string name = "acme", object? body = null)
    {
        using var answer =
            await Operator.PostAsync($"/connections/{provider}/{name}/connect-link", body is null ? null : JsonContent.Create(body));
        Assert.Equal(System.Net.HttpStatusCode.Created, answer.StatusCode);
        return new Uri((string)(await JsonAsync(answer))["url"]!);
    }

    /// <summary>Makes connections and one-time entries unavailable, as a store that does not answer.</summary>
    public bool IsStoreAway
    {
        set => Store.Away = Once.Away = value;
    }

    /// <summary>Polls the files twice: a change applies when two polls see the same content.</summary>
    public async Task ReloadAsync()
    {
        var reload = _app.Services.GetServices<IHostedService>().OfType<ConfigurationReload>().Single();
        await reload.PollAsync();
        await reload.PollAsync();
    }

    /// <summary>A call of an internal application.</summary>
    public async Task<System.Net.HttpStatusCode> CallAsync(string path, string connection = "acme")
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Proxy, path));
        request.Headers.Add("Gateway-Connection", connection);
        request.Headers.Add("Accept", "application/json");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public static async Task<JsonNode> JsonAsync(HttpResponseMessage answer) => JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;

    /// <summary>Submits the form of a link's page.</summary>
    /// <returns>Where the provider is.</returns>
    public async Task<Uri> StartAsync(Uri link, OwnerBrowser? browser = null, params (string Name, string Value)[] form)
    {
        var answer = await (browser ?? Browser).PostAsync(link, form);
        Assert.Equal(System.Net.HttpStatusCode.Found, answer.Status);
        return answer.Target!;
    }

    /// <summary>Approves or denies at the provider.</summary>
    /// <returns>The callback, not yet followed.</returns>
    public async Task<Uri> DecideAsync(Uri provider, string account = "acme", string decision = "approve", OwnerBrowser? browser = null) =>
        (await (browser ?? Browser).PostAsync(provider, ("decision", decision), ("account", account))).Target!;

    /// <summary>Follows a link from the first page to the last.</summary>
    public async Task<OwnerBrowser.Answer> WalkAsync(Uri link, string account = "acme", params (string Name, string Value)[] form)
    {
        var callback = await DecideAsync(await StartAsync(link, null, form), account);
        return await Browser.ArriveAsync(await Browser.GetAsync(callback));
    }

    public async Task<Connection?> StoredAsync(string provider, string name = "acme") =>
        await Store.ReadAsync(new(provider, name), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        Browser.Dispose();
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        if (!_isSecond)
        {
            await Providers.DisposeAsync();
        }
    }

    private void KeepInMemory(IServiceCollection services)
    {
        services.WithoutStoreServer().AddSingleton<IConnectionStore>(Store).AddSingleton<IRenewalSchedule>(Store)
            .AddSingleton<IOneTimeStore>(Once).AddSingleton<IGrantJournal>(Journal)
            .AddSingleton<IInstanceRegistry>(new InMemoryInstances());
        services.AddSingleton<IDistributedCache>(new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions())));
    }
}
