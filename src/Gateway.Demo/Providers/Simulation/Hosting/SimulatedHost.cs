using System.Net;

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Demo.Providers;

/// <summary>
/// One host of a third party on real Kestrel, bound to 127.0.0.1. Each request is recorded, then faults get their say, then the
/// provider's own endpoints.
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

    /// <summary>Scheme, address and port, without a path: <c>http://127.0.0.1:41234/</c>.</summary>
    public Uri Address { get; private set; } = null!;

    public RequestLog Requests { get; }

    public FaultPlan Faults { get; } = new();

    /// <summary>Added to the clock in the <c>Date</c> header: a provider whose clock is off. Set by tests, read by requests.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <param name="options">Listening, clock, log.</param>
    /// <param name="port">Port of this host; 0 takes a free one.</param>
    /// <param name="map">The provider's endpoints.</param>
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
        // Requests held at a gate would hold an orderly stop as well: cut them.
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }

    private static WebApplication Build(SimulationOptions options, int port)
    {
        // The empty builder reads no environment and no files: a simulation is the same wherever it runs.
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
