using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Flow;

/// <summary>A simulated Bokio, one company connected there, and the configuration that gateways need to reach it.</summary>
internal sealed class BokioFlow : IAsyncDisposable
{
    public const string Company = "flow-company";

    private BokioFlow(SimulatedBokio bokio) => Bokio = bokio;

    public SimulatedBokio Bokio { get; }

    public string InvoicesPath => $"/bokio/companies/{Bokio.Company(Company).Id}/invoices";

    public int Refreshes => Bokio.Authorization.Counters.CallsOf("refresh_token");

    /// <summary>
    /// Zero unless a test covers early renewal: a token is refreshed only when a request of the test needs it.
    /// </summary>
    public TimeSpan RefreshBeforeExpiry { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// The reuse grace of the simulation and of the gateway's configuration. Zero: a reused refresh token ends the whole grant.
    /// </summary>
    public TimeSpan ReuseGrace { get; init; } = TimeSpan.Zero;

    public string Configuration => $$"""
        {
          "Providers": { "bokio": {
            "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{Bokio.Api.Address.ToString().TrimEnd('/')}}",
            "AuthorizationEndpoint": "{{Bokio.AuthorizationEndpoint}}", "TokenEndpoint": "{{Bokio.TokenEndpoint}}",
            "ClientId": "{{Bokio.Client.Id}}", "ClientSecret": "{{Bokio.Client.Secret}}", "ClientAuthentication": "Basic",
            "RefreshBeforeExpiry": "{{RefreshBeforeExpiry}}", "ReuseGrace": "{{ReuseGrace}}", "TokenTimeout": "00:00:30" } },
          "ReverseProxy": {
            "Routes": { "bokio": { "ClusterId": "bokio", "Match": { "Path": "/bokio/{**path}" },
              "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "bokio" } ] } },
            "Clusters": { "bokio": { "Destinations": { "api": { "Address": "{{Bokio.Api.Address}}" } } } } }
        }
        """;

    public static async Task<BokioFlow> StartAsync(TimeSpan refreshBeforeExpiry = default, TimeSpan reuseGrace = default)
    {
        var bokio = await SimulatedBokio.StartAsync();
        bokio.RateLimit = int.MaxValue;
        bokio.Authorization.Settings.ReuseGrace = reuseGrace;
        bokio.Authorization.Settings.RevokeFamilyOnReuse = true;
        return new BokioFlow(bokio) { RefreshBeforeExpiry = refreshBeforeExpiry, ReuseGrace = reuseGrace };
    }

    /// <summary>
    /// Connects the company through the admin API; an <paramref name="expiresIn"/> of 0 is an expired token.
    /// </summary>
    public async Task ConnectAsync(GatewayProcess gateway, int expiresIn, string name = "default")
    {
        var tokens = Bokio.Connect(Company);
        await gateway.PutConnectionAsync(
            "bokio", name, new { refreshToken = tokens.RefreshToken, accessToken = tokens.AccessToken, expiresIn });
    }

    /// <summary>Sends one request with a named connection.</summary>
    public async Task<HttpResponseMessage> GetAsync(GatewayProcess gateway, string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, InvoicesPath);
        request.Headers.Add("Gateway-Connection", name);
        return await gateway.Proxy.SendAsync(request);
    }

    /// <summary>Sends many concurrent requests to the instances in turn; returns every status.</summary>
    public async Task<IReadOnlyList<HttpStatusCode>> GetAsync(IReadOnlyList<GatewayProcess> instances, int requests)
    {
        return await Task.WhenAll(Enumerable.Range(0, requests).Select(async number =>
        {
            using var answer = await instances[number % instances.Count].Proxy.GetAsync(InvoicesPath);
            await answer.Content.ReadAsStringAsync();
            return answer.StatusCode;
        }));
    }

    public ValueTask DisposeAsync() => Bokio.DisposeAsync();
}
