using System.Net;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Demo.Providers;

/// <summary>
/// One host of a simulated provider: Kestrel, bound to 127.0.0.1. Each request is recorded, then planned faults apply, then the
/// provider's endpoint answers.
/// </summary>
internal sealed class SimulatedHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly SimulationOptions _options;

    private SimulatedHost(WebApplication app, SimulationOptions options)
    {
        (_app, _options) = (app, options);
        Requests = new RequestLog(options.LogCapacity);
    }

    /// <summary>Scheme, address and port: <c>http://127.0.0.1:41234/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    public RequestLog Requests { get; }

    public FaultPlan Faults { get; } = new();

    /// <summary>Added to the time in the <c>Date</c> header, to simulate a wrong clock. Tests set it while requests read it.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <param name="options">Protocol, clock and log size.</param>
    /// <param name="port">Port on 127.0.0.1; 0 takes a free one.</param>
    /// <param name="map">Maps the provider's endpoints.</param>
    public static async Task<SimulatedHost> StartAsync(SimulationOptions options, int port, Action<WebApplication> map)
    {
        var app = Build(options, port);
        var host = new SimulatedHost(app, options);
        host.UsePipeline();
        map(app);
        await app.StartAsync();
        host.Address = BoundAddress(app);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        // A graceful stop would wait for requests that are held at a gate: abort them.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static WebApplication Build(SimulationOptions options, int port)
    {
        // The empty builder reads no environment variables and no files, so that a simulation behaves the same everywhere.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.UseWire(options.Wire));
        });
        return builder.Build();
    }

    private static Uri BoundAddress(WebApplication app)
    {
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        return new Uri(addresses.Addresses.Single());
    }

    private void UsePipeline()
    {
        _app.Use(new RequestRecording(Requests, _options.Time).InvokeAsync);
        _app.Use(DateAsync);
        _app.UseRouting();
        _app.Use(new FaultPipeline(Faults, _options.Time).InvokeAsync);
    }

    private Task DateAsync(HttpContext context, RequestDelegate next)
    {
        var now = _options.Time.GetUtcNow() + ClockOffset;
        context.Response.Headers.Date = now.ToString("R");
        return next(context);
    }
}
