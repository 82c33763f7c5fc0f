using System.Net.Http.Headers;

using Gateway.Configuration;
using Gateway.Configuration.Listeners;
using Gateway.Demo.Providers;

namespace Gateway.Demo;

/// <summary>Four simulated providers, a gateway with the embedded store in front of them, and a connection to each.</summary>
internal sealed class RunningDemo : IAsyncDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("gateway-demo");
    private ControlApi? _control;
    private WebApplication? _gateway;

    private RunningDemo(SimulatedProviders providers) => Providers = providers;

    public SimulatedProviders Providers { get; }

    public string AdminKey { get; } = RandomText.Create("demo-admin-");

    public Uri Proxy => _gateway!.AddressOf(GatewayListener.Proxy);

    public Uri Admin => _gateway!.AddressOf(GatewayListener.Admin);

    public Uri Connect => _gateway!.AddressOf(GatewayListener.Connect);

    public Uri Control => _control!.Address;

    public static async Task<RunningDemo> StartAsync(DemoPorts ports)
    {
        var demo = new RunningDemo(await SimulatedProviders.StartAsync());
        demo._control = await ControlApi.StartAsync(ports.Control, [.. demo.Providers.All]);
        await demo.StartGatewayAsync(ports);
        demo.Providers.RegisterCallbacks(demo.Connect);
        using var connections = new DemoConnections(demo.Admin, demo.AdminKey);
        await connections.PutAllAsync(demo.Providers);
        return demo;
    }

    public Task WaitForShutdownAsync() => _gateway!.WaitForShutdownAsync();

    public async ValueTask DisposeAsync()
    {
        if (_gateway is not null)
        {
            await _gateway.StopAsync();
            await _gateway.DisposeAsync();
        }

        if (_control is not null)
        {
            await _control.DisposeAsync();
        }

        await Providers.DisposeAsync();
        _data.Delete(recursive: true);
    }

    private async Task StartGatewayAsync(DemoPorts ports)
    {
        _gateway = GatewayHosting.Build(DemoSettings.For(Providers, ports, AdminKey, _data.FullName));
        if (await _gateway.LoadConfigurationAsync() is { Count: > 0 } errors)
        {
            throw new InvalidConfigurationException(errors);
        }

        await _gateway.StartAsync();
    }
}

/// <summary>The demo's ports on 127.0.0.1; 0 takes a free one.</summary>
/// <param name="Proxy">The proxied routes, for internal applications.</param>
/// <param name="Admin">The admin API, for operators.</param>
/// <param name="Connect">The onboarding pages, for account owners.</param>
/// <param name="Control">The control API of the simulated providers.</param>
internal sealed record DemoPorts(int Proxy, int Admin, int Connect, int Control)
{
    public static DemoPorts Default { get; } = new(8080, 8081, 8082, 8090);

    public static DemoPorts Free { get; } = new(0, 0, 0, 0);
}

/// <summary>Creates one connection for each provider through the admin API, like an operator.</summary>
internal sealed class DemoConnections(Uri admin, string adminKey) : IDisposable
{
    public const string Account = "demo-company";

    private readonly HttpClient _operator = new()
    {
        BaseAddress = admin,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", adminKey) },
    };

    public async Task PutAllAsync(SimulatedProviders providers)
    {
        await PutAsync("bokio", Tokens(providers.Bokio.Connect(Account), new { tenant_id = providers.Bokio.Company(Account).Id }));
        await PutAsync("bokio-private", new { fields = new { token = providers.Bokio.IssueIntegrationToken(Account) } });
        await PutAsync("bexio", Tokens(providers.Bexio.Connect(Account)));
        await PutAsync("bipsync", Tokens(providers.Bipsync.Connect("demo"), new { client = "demo" }));
        await PutAsync("bookeo", new { fields = new { apiKey = providers.Bookeo.Install(Account).ApiKey } });
    }

    public void Dispose() => _operator.Dispose();

    private static object Tokens(IssuedTokens tokens, object? fields = null) => new
    {
        refreshToken = tokens.RefreshToken,
        accessToken = tokens.AccessToken,
        expiresIn = (int)tokens.Lifetime.TotalSeconds,
        scope = string.Join(' ', tokens.Scopes),
        fields = fields ?? new { },
    };

    private async Task PutAsync(string provider, object grant)
    {
        using var answer = await _operator.PutAsJsonAsync($"/connections/{provider}/default", grant);
        answer.EnsureSuccessStatusCode();
    }
}
