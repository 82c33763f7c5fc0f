using Gateway.Configuration.Listeners;

namespace Gateway.Tests.Configuration.Listeners;

/// <summary>The three listeners on free ports, with a test's endpoints in place of the gateway's.</summary>
internal static class ListenerApp
{
    /// <param name="endpoints">The endpoints of each listener.</param>
    /// <param name="settings">Further configuration, <c>Key:Part=value</c>.</param>
    public static async Task<WebApplication> StartAsync(
        Dictionary<GatewayListener, Action<IEndpointRouteBuilder>> endpoints, params string[] settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.Configuration.AddCommandLine(
            [.. Enum.GetNames<GatewayListener>().Select(static name => $"Kestrel:Endpoints:{name}:Url=http://127.0.0.1:0"), .. settings]);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration();
        builder.Services.AddGatewayListeners(builder.Configuration);
        var app = builder.Build();
        foreach (var listener in Enum.GetValues<GatewayListener>())
        {
            app.MapListener(listener, static _ => { }, endpoints.GetValueOrDefault(listener) ?? (static _ => { }));
        }

        await app.StartAsync();
        return app;
    }
}
