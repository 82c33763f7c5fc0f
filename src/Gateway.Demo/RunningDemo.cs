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
