using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Operations.Live;

/// <summary>
/// Two gateways on one Redis, and within seconds every event that operators monitor: requests, a healed 401, failed
/// refreshes of each kind, a dead grant, wrong requests, an unavailable third party, a wrong configuration, a store outage.
/// </summary>
internal sealed class MonitoredEvents : IAsyncDisposable
{
    private const string Account = "watched-company";

    private readonly TemporaryDirectory _directory = new();
    private readonly SimulatedBokio _bokio;
    private readonly RedisServer _redis;
    private readonly List<GatewayProcess> _gateways = [];
    private readonly string _nowhere = $"http://localhost:{FreePort.Next()}/";

    private MonitoredEvents(SimulatedBokio bokio, RedisServer redis) => (_bokio, _redis) = (bokio, redis);

    /// <summary>Hosts and ports of the admin listeners.</summary>
    public IEnumerable<string> Targets => _gateways.Select(static gateway => gateway.Admin.BaseAddress!.Authority);

    public static async Task<MonitoredEvents> DawnAsync()
    {
        var redis = await RedisServer.StartAsync(appendOnly: true);
        var day = new MonitoredEvents(await SimulatedBokio.StartAsync(), redis);
        day._bokio.RateLimit = int.MaxValue;
        string[] settings =
        [
            "--config", day._directory.Write("site.json", "{}"), $"Store:Redis={redis.Configuration}",
            // No collector listens there: traces are sampled and exemplars have their ids. A host name, so that there are
            // lookups.
            $"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:{FreePort.Next()}", "OTEL_TRACES_SAMPLER=always_on",
        ];
        var starts = Enumerable.Range(0, 2).Select(_ => GatewayProcess.StartAsync(day.Configuration(), settings)).ToList();
        day._gateways.AddRange(await Task.WhenAll(starts));
        return day;
    }

    /// <summary>The <c>/metrics</c> of both gateways.</summary>
    public Task<string[]> ScrapeAsync() =>
        Task.WhenAll(_gateways.Select(static gateway => gateway.Admin.GetStringAsync(new Uri("/metrics", UriKind.Relative))));

    /// <summary>The OpenAPI document of the admin API.</summary>
    public Task<string> DocumentAsync() => _gateways[0].Admin.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative));

    public async Task MorningAsync()
    {
        await ConnectAsync("default", 3600);
        await ConnectAsync("expired", 0);
        await _gateways[0].PutConnectionAsync("bookeo", "default", new { fields = new { apiKey = "replaced long ago" } });
        await _gateways[0].PutConnectionAsync("nowhere", "default", new { fields = new { apiKey = "k" } });
        await TrafficAsync();
        Assert.Equal(HttpStatusCode.OK, await GetAsync(Invoices, "expired"));
        await HealAsync();
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(Invoices, "nobody"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync("/no/such/route"));
        Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync("/bookeo/x"));
        Assert.Equal(HttpStatusCode.BadGateway, await GetAsync("/nowhere/x"));
        _directory.Write("site.json", """{ "Providers": { "bokio": { "Kind": "Mystery" } } }""");
    }

    public async Task AfternoonAsync()
    {
        var stranger = _bokio.Connect(Account);
        await _gateways[0].PutConnectionAsync("refused", "default", new { refreshToken = stranger.RefreshToken, expiresIn = 0 });
        Assert.Equal(HttpStatusCode.BadGateway, await GetAsync("/refused/companies"));
        _bokio.Api.Faults.Add("/v1/token", Fault.Answer(503), 1);
        await ConnectAsync("unlucky", 0);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(Invoices, "unlucky"));
        await KillGrantAsync();
        await TrafficAsync();
        await EventuallyRefusedAsync();
        _directory.Write("site.json", """{ "Logging": { "LogLevel": { "Default": "Warning" } } }""");
    }

    /// <summary>The store becomes unavailable: cached connections serve, others cannot be read.</summary>
    public async Task EveningAsync()
    {
        await _redis.StopAsync();
        await AskForTheUnknownAsync();
    }

    /// <summary>The outage continues, then ends.</summary>
    public async Task NightAsync()
    {
        await AskForTheUnknownAsync();
        await _redis.RestartAsync();
        await TrafficAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await _redis.DisposeAsync();
        await _bokio.DisposeAsync();
        _directory.Dispose();
    }

    private string Invoices => $"/bokio/companies/{_bokio.Company(Account).Id}/invoices";

    private string Configuration() => $$"""
        {
          "Providers": {
            "bokio": {{OAuth(_bokio.Client.Secret)}},
            "refused": {{OAuth("not the secret")}},
            "bookeo": { "Kind": "Secret", "Origin": "{{Origin}}", "Inject": { "Headers": { "X-Key": "{apiKey}" } } },
            "nowhere": { "Kind": "Secret", "Origin": "{{_nowhere.TrimEnd('/')}}", "Inject": { "Headers": { "X-Key": "{apiKey}" } } }
          },
          "ReverseProxy": {
            "Routes": { {{Route("bokio", "/v1/{**path}")}}, {{Route("refused", "/v1/{**path}")}},
              {{Route("bookeo", "/v1/companies/x/invoices")}}, {{Route("nowhere", "/x")}} },
            "Clusters": { {{string.Join(", ", new[] { "bokio", "refused", "bookeo", "nowhere" }.Select(Cluster))}} }
          }
        }
        """;

    private string Origin => _bokio.Api.Address.ToString().TrimEnd('/');

    private string OAuth(string secret) => $$"""
        { "Kind": "OAuth2", "Origin": "{{Origin}}", "AuthorizationEndpoint": "{{_bokio.AuthorizationEndpoint}}",
          "TokenEndpoint": "{{_bokio.TokenEndpoint}}",
          "ClientId": "{{_bokio.Client.Id}}", "ClientSecret": "{{secret}}" }
        """;

    private static string Route(string provider, string path) => $$"""
        "{{provider}}": { "ClusterId": "{{provider}}", "Match": { "Path": "/{{provider}}/{**path}" },
          "Transforms": [ { "PathPattern": "{{path}}" }, { "Credential": "{{provider}}" } ] }
        """;

    private string Cluster(string provider) =>
        $$"""
        "{{provider}}": { "Destinations": { "api": { "Address": "{{Address(provider)}}" } } }
        """;

    private string Address(string provider) => provider == "nowhere" ? _nowhere : $"{Origin}/";

    private Task ConnectAsync(string name, int expiresIn)
    {
        var tokens = _bokio.Connect(Account);
        return _gateways[0].PutConnectionAsync(
            "bokio", name, new { refreshToken = tokens.RefreshToken, accessToken = tokens.AccessToken, expiresIn });
    }

    private async Task TrafficAsync()
    {
        for (var request = 0; request < 20; request++)
        {
            Assert.Equal(HttpStatusCode.OK, await GetAsync(Invoices, "default", request % 2));
        }
    }

    private async Task AskForTheUnknownAsync()
    {
        Assert.Equal(HttpStatusCode.OK, await GetAsync(Invoices));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(Invoices, "unknown-so-far"));
    }

    private async Task HealAsync()
    {
        _bokio.Authorization.ExpireAccessTokens();
        using var healed = await _gateways[0].Proxy.GetAsync(Invoices);
        Assert.Equal("replayed", string.Concat(healed.Headers.GetValues("Gateway-Replay")));
        await TrafficAsync();
    }

    // A separate account, so that the others stay valid.
    private async Task KillGrantAsync()
    {
        var tokens = _bokio.Connect("gone-company");
        await _gateways[0].PutConnectionAsync("bokio", "dead", new { refreshToken = tokens.RefreshToken, expiresIn = 0 });
        _bokio.Authorization.RevokeGrants("gone-company");
        Assert.Equal(HttpStatusCode.FailedDependency, await GetAsync(Invoices, "dead"));
    }

    private Task EventuallyRefusedAsync() => Eventually.TrueAsync(
        async () => (await ScrapeAsync())
            .All(static text => text.Contains("gateway_config_reloads_total{outcome=\"refused\"} 1", StringComparison.Ordinal)),
                static () => "The wrong configuration was not refused by both.");

    private async Task<HttpStatusCode> GetAsync(string path, string connection = "default", int gateway = 0)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Gateway-Connection", connection);
        request.Headers.ConnectionClose = connection != "default";
        using var answer = await _gateways[gateway].Proxy.SendAsync(request);
        await answer.Content.ReadAsStringAsync();
        return answer.StatusCode;
    }
}
