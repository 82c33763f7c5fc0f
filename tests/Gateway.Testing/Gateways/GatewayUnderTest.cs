using System.Text;
using System.Text.Json.Nodes;

using Gateway.Configuration.Listeners;
using Gateway.Model;
using Gateway.Observability;
using Gateway.Proxy;
using Gateway.Proxy.Routes;
using Gateway.Tokens;

namespace Gateway.Testing;

/// <summary>The proxied path in this process: Kestrel, YARP and the token broker; the store is in memory.</summary>
internal sealed class GatewayUnderTest : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayUnderTest(WebApplication app) => _app = app;

    public int Port => new Uri(_app.Urls.First()).Port;

    public InMemoryConnectionStore Store => Get<InMemoryConnectionStore>();

    public static async Task<GatewayUnderTest> StartAsync(GatewaySetup setup)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(setup.Settings);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(KestrelLimits.Apply).UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting().AddMetrics().AddLogging().AddDistributedMemoryCache();
        builder.Services.AddSingleton(setup.Clock);
        builder.Services.AddSingleton<ProviderCatalog>().AddSingleton<GatewayMetrics>();
        builder.Services.AddSingleton<InMemoryConnectionStore>()
            .AddSingleton<IConnectionStore>(static services => services.GetRequiredService<InMemoryConnectionStore>());
        builder.Services.AddSingleton<IGrantJournal, InMemoryGrantJournal>().AddSingleton<IInstanceRegistry>(new InMemoryInstances());
        builder.Services.AddGatewayTokens().AddGatewayProxy();
        setup.Configure?.Invoke(builder);

        var app = builder.Build();
        app.UseGatewayProxy();
        app.UseRouting();
        app.MapGatewayProxy();
        var gateway = new GatewayUnderTest(app);
        await gateway.LoadAsync(setup);
        await app.StartAsync();
        return gateway;
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>Sends these bytes on a connection of their own.</summary>
    public Task<RawResponse> SendAsync(string request) => RawClient.SendAsync(Port, request);

    /// <summary>A GET with these further header lines, each ended by CRLF.</summary>
    public Task<RawResponse> GetAsync(string target, string headers = "") =>
        SendAsync($"GET {target} HTTP/1.1\r\nHost: gateway\r\n{headers}\r\n");

    public Task<RawResponse> PostAsync(string target, string body, string headers = "") =>
        SendAsync(
            $"POST {target} HTTP/1.1\r\nHost: gateway\r\nContent-Length: {Encoding.Latin1.GetByteCount(body)}\r\n{headers}\r\n{body}");

    public Task<RawConnection> ConnectAsync() => RawClient.ConnectAsync(Port);

    public async Task StoreAsync(Connection connection) =>
        Assert.NotNull(await Store.TryWriteAsync(connection, connection.Generation - 1, CancellationToken.None));

    /// <summary>Replaces routes and providers, as a reload does.</summary>
    public async Task LoadAsync(GatewaySetup setup)
    {
        var (routes, clusters) = Read(setup.ReverseProxy);
        var source = Get<ProxyConfigSource>();
        Assert.Empty(await source.ValidateAsync(routes, clusters, setup.Providers));
        Get<ProviderCatalog>().Replace(setup.Providers);
        source.Apply(routes, clusters);
        foreach (var connection in setup.Connections)
        {
            await StoreAsync(connection);
        }
    }

    public async Task<IReadOnlyList<string>> ValidateAsync(GatewaySetup setup)
    {
        var (routes, clusters) = Read(setup.ReverseProxy);
        return await Get<ProxyConfigSource>().ValidateAsync(routes, clusters, setup.Providers);
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private static (
        IReadOnlyList<Yarp.ReverseProxy.Configuration.RouteConfig>, IReadOnlyList<Yarp.ReverseProxy.Configuration.ClusterConfig>) Read(
            JsonObject json)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(json.ToJsonString()));
        return ProxyConfigSource.Read(new ConfigurationBuilder().AddJsonStream(text).Build());
    }
}
