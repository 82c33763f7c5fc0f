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
            ["hosts"] = new JsonObject(provider.Hosts.Select(host =>
                KeyValuePair.Create(host.Key, (JsonNode?)host.Value.Address.AbsoluteUri))),
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

/// <summary>The operations of the control API on one host: received requests, faults and clock.</summary>
internal static class ControlledHost
{
    /// <summary><c>GET …/requests?last=N</c>: received requests, newest first. Credentials are shown, because they are simulated.</summary>
    public static Task ShowRequestsAsync(HttpContext context, SimulatedHost host)
    {
        var last = context.Request.Query.Number("last", 10);
        return context.Response.JsonAsync(200, new JsonArray([.. host.Requests.Snapshot().Reverse().Take(last).Select(Describe)]));
    }

    /// <summary>
    /// <c>POST …/faults?path=/v1&amp;status=503&amp;times=2</c> answers with this status, optionally with <c>&amp;retry-after=SECONDS</c>.
    /// Other faults: <c>&amp;kind=html|drop|lose-answer|truncate|huge</c>, <c>&amp;kind=delay&amp;seconds=5</c>,
    /// <c>&amp;kind=drip&amp;milliseconds=50</c>,
    /// <c>&amp;kind=error&amp;error=invalid_grant</c>, <c>&amp;kind=without&amp;field=expires_in</c>.
    /// </summary>
    public static Task AddFaultAsync(HttpContext context, SimulatedHost host)
    {
        var query = context.Request.Query;
        if (Read(query) is not { } fault)
        {
            return context.Response.EmptyAsync(400);
        }

        host.Faults.Add(query["path"] is [{ } path] ? path : "/", fault, query.Number("times", int.MaxValue));
        return context.Response.EmptyAsync(204);
    }

    /// <summary><c>POST …/clock?offset=-300</c>: seconds added to the host's <c>Date</c> header.</summary>
    public static Task SetClockAsync(HttpContext context, SimulatedHost host)
    {
        host.ClockOffset = TimeSpan.FromSeconds(context.Request.Query.Number("offset", 0));
        return context.Response.EmptyAsync(204);
    }

    public static Task ClearFaultsAsync(HttpContext context, SimulatedHost host)
    {
        host.Faults.Clear();
        return context.Response.EmptyAsync(204);
    }

    private static Fault? Read(IQueryCollection query) => (query["kind"].ToString(), query.Number("status", 0)) switch
    {
        ("html", _) => Fault.Html(),
        ("drop", _) => Fault.Drop(),
        ("lose-answer", _) => Fault.LoseAnswer(),
        ("truncate", _) => Fault.Truncate(query.Number("bytes", 20)),
        ("huge", _) => Fault.HugeAnswer(query.Number("bytes", 10_000_000)),
        ("delay", _) => Fault.Delay(TimeSpan.FromSeconds(query.Number("seconds", 5))),
        ("drip", _) => Fault.Drip(TimeSpan.FromMilliseconds(query.Number("milliseconds", 50))),
        ("error", var status) => Fault.OAuthError(
            query["error"] is [{ Length: > 0 } error] ? error : "invalid_grant", status == 0 ? 400 : status),
        ("without", _) => Fault.RemoveField(query["field"].ToString()),
        ("", >= 200 and <= 599 and var status) when query.ContainsKey("retry-after") =>
            Fault.TryLater(status, query.Number("retry-after", 0)),
        ("", >= 200 and <= 599 and var status) => Fault.Answer(status),
        _ => null,
    };

    private static JsonNode Describe(RecordedRequest request) => new JsonObject
    {
        ["receivedAt"] = request.ReceivedAt.ToString("O"),
        ["method"] = request.Method,
        ["target"] = request.Target,
        ["protocol"] = request.Protocol,
        ["headers"] = new JsonArray([.. request.Headers.Select(header => (JsonNode)$"{header.Key}: {header.Value}")]),
        ["status"] = request.Status,
    };
}

/// <summary>A simulated provider as the control API sees it.</summary>
internal interface ISimulatedProvider : IAsyncDisposable
{
    /// <summary>Name of the provider in paths of the control API: <c>bokio</c>.</summary>
    string Name { get; }

    /// <summary>The provider's hosts by role; <c>api</c> always exists.</summary>
    IReadOnlyDictionary<string, SimulatedHost> Hosts { get; }

    /// <summary>Operations by name, such as <c>expire-access-tokens</c>. The argument is the query of the control request.</summary>
    IReadOnlyDictionary<string, Action<IQueryCollection>> Operations { get; }

    /// <summary>Counters and settings, for display.</summary>
    JsonObject Describe();
}
