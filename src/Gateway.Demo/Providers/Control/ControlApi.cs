using System.Net;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// An HTTP API that controls the simulated providers: <c>POST /_control/bokio/expire-access-tokens</c>. It has its own loopback port,
/// so that no gateway route can reach it.
/// </summary>
internal sealed class ControlApi : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, ISimulatedProvider> _providers;

    private ControlApi(WebApplication app, IEnumerable<ISimulatedProvider> providers)
    {
        _app = app;
        _providers = providers.ToDictionary(provider => provider.Name, StringComparer.Ordinal);
    }

    public Uri Address { get; private set; } = null!;

    /// <param name="port">Port on 127.0.0.1; 0 takes a free one.</param>
    /// <param name="providers">The providers to control; the caller disposes them later.</param>
    public static async Task<ControlApi> StartAsync(int port, params ISimulatedProvider[] providers)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        var control = new ControlApi(builder.Build(), providers);
        control.Map();
        await control._app.StartAsync();
        control.Address = new Uri(control._app.Urls.Single());
        return control;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private void Map()
    {
        _app.UseRouting();
        _app.MapGet("/_control", ListAsync);
        _app.MapGet("/_control/{provider}", OnProvider((context, provider) => context.Response.JsonAsync(200, provider.Describe())));
        _app.MapPost("/_control/{provider}/{operation}", OnProvider(OperateAsync));
        _app.MapGet("/_control/{provider}/{host}/requests", OnHost(ControlledHost.ShowRequestsAsync));
        _app.MapPost("/_control/{provider}/{host}/faults", OnHost(ControlledHost.AddFaultAsync));
        _app.MapPost("/_control/{provider}/{host}/clock", OnHost(ControlledHost.SetClockAsync));
        _app.MapDelete("/_control/{provider}/{host}/faults", OnHost(ControlledHost.ClearFaultsAsync));
    }

    private Task ListAsync(HttpContext context) => context.Response.JsonAsync(200, new JsonObject(_providers.Values.Select(provider =>
        KeyValuePair.Create(provider.Name, (JsonNode?)new JsonObject
        {
            ["hosts"] = new JsonObject(provider.Hosts.Select(host => KeyValuePair.Create(host.Key, (JsonNode?)host.Value.Address.AbsoluteUri))),
            ["operations"] = new JsonArray([.. provider.Operations.Keys.Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]),
        }))));

    private static Task OperateAsync(HttpContext context, ISimulatedProvider provider)
    {
        if (!provider.Operations.TryGetValue((string)context.Request.RouteValues["operation"]!, out var operate))
        {
            return context.Response.EmptyAsync(404);
        }

        operate(context.Request.Query);
        return context.Response.EmptyAsync(204);
    }

    private RequestDelegate OnProvider(Func<HttpContext, ISimulatedProvider, Task> act) => context =>
        _providers.TryGetValue((string)context.Request.RouteValues["provider"]!, out var provider)
            ? act(context, provider)
            : context.Response.EmptyAsync(404);

    private RequestDelegate OnHost(Func<HttpContext, SimulatedHost, Task> act) => OnProvider((context, provider) =>
        provider.Hosts.TryGetValue((string)context.Request.RouteValues["host"]!, out var host)
            ? act(context, host)
            : context.Response.EmptyAsync(404));
}
