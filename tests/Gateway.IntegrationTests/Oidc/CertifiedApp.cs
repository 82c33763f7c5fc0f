using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

using Gateway.Model;

namespace Gateway.IntegrationTests.Oidc;

/// <summary>
/// The gateway with the certified server as a provider; its configuration has only the address of the metadata.
/// </summary>
internal sealed class CertifiedApp : IAsyncDisposable
{
    public const string Provider = "certified";

    // Client id and secret with every kind of character that RFC 6749 (appendix A.1, A.2) allows and form encoding and Basic must keep.
    public const string ClientId = "gateway:one+two%20three";
    public const string ClientSecret = "secret of/these:tests+with%percent&more=";

    private readonly CertifiedProvider _server;
    private readonly HttpClient _http = new();

    private CertifiedApp(CertifiedProvider server, ConnectApp gateway) => (_server, Gateway) = (server, gateway);

    public ConnectApp Gateway { get; }

    /// <param name="method">Of <c>ClientAuthentication</c>: Basic or Body.</param>
    /// <param name="settings">Further settings.</param>
    public static async Task<CertifiedApp> StartAsync(string method, params string[] settings)
    {
        var server = await CertifiedProvider.StartAsync();
        var gateway = await ConnectApp.StartAsync([.. Settings(server, method), .. settings]);
        var registered = method == "Basic" ? "client_secret_basic" : "client_secret_post";
        await server.OpenAsync(new CertifiedClient(ClientId, ClientSecret, registered, $"{gateway.Connect}callback/{Provider}"));
        return new CertifiedApp(server, gateway);
    }

    /// <summary>Walks from a new link through the server's sign-in and consent to the last page.</summary>
    public async Task<OwnerBrowser.Answer> ConnectAsync()
    {
        var page = await ArriveAsync();
        while (page.Body.Contains("name=\"prompt\"", StringComparison.Ordinal))
        {
            (string, string)[] form = page.Body.Contains("name=\"login\"", StringComparison.Ordinal)
                ? [("prompt", "login"), ("login", "owner"), ("password", "any")]
                : [("prompt", "consent")];
            page = await Gateway.Browser.ArriveAsync(await Gateway.Browser.PostAsync(Gateway.Browser.Visited[^1], form));
        }

        return page;
    }

    /// <summary>Walks from a new link to the server's sign-in page and cancels.</summary>
    public async Task<OwnerBrowser.Answer> DeclineAsync()
    {
        await ArriveAsync();
        return await Gateway.Browser.ArriveAsync(await Gateway.Browser.GetAsync(new Uri($"{Gateway.Browser.Visited[^1]}/abort")));
    }

    public async Task<Connection> StoredAsync() => (await Gateway.StoredAsync(Provider))!;

    /// <summary>Sends a call of an internal application.</summary>
    public async Task<(HttpStatusCode Status, string Replay, JsonNode Body)> CallAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Gateway.Proxy, $"/{Provider}/whoami"));
        request.Headers.Add("Gateway-Connection", "acme");
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var replay = answer.Headers.TryGetValues("Gateway-Replay", out var values) ? values.Single() : "";
        return (answer.StatusCode, replay, await ConnectApp.JsonAsync(answer));
    }

    /// <summary>Calls the API directly with a token.</summary>
    public async Task<HttpStatusCode> ShowAsync(Secret token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _server.Api);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>Invalidates the access token in use.</summary>
    public async Task ForgetTokenAsync() => await _server.ForgetAsync((await StoredAsync()).Token!.Value.Reveal());

    /// <summary>Spends a refresh token, as an attacker with the client's secret would.</summary>
    public async Task<HttpStatusCode> RefreshAsync(Secret token)
    {
        using var content = new FormUrlEncodedContent([
            new("grant_type", "refresh_token"), new("refresh_token", token.Reveal()), new("client_id", ClientId),
            new("client_secret", ClientSecret),
        ]);
        using var answer = await _http.PostAsync(new Uri(_server.Issuer, "token"), content, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Gateway.DisposeAsync();
        await _server.DisposeAsync();
    }

    private static IEnumerable<string> Settings(CertifiedProvider server, string method) =>
    [
        $"Providers:{Provider}:Kind=OAuth2", $"Providers:{Provider}:Grant=AuthorizationCode",
        $"Providers:{Provider}:Origin={server.Api.AbsoluteUri.TrimEnd('/')}",
        $"Providers:{Provider}:Discovery={server.Issuer}.well-known/openid-configuration", $"Providers:{Provider}:Verify:Path=/whoami",
        $"Providers:{Provider}:ClientId={ClientId}", $"Providers:{Provider}:ClientSecret={ClientSecret}",
        $"Providers:{Provider}:ClientAuthentication={method}",
        $"Providers:{Provider}:Pkce=true", $"Providers:{Provider}:Scopes:0=openid", $"Providers:{Provider}:Scopes:1=offline_access",

        // OpenID Connect Core, section 11: without prompt=consent, offline_access is ignored.
        $"Providers:{Provider}:AuthorizationParameters:prompt=consent",
        $"ReverseProxy:Routes:{Provider}:ClusterId={Provider}", $"ReverseProxy:Routes:{Provider}:Match:Path=/{Provider}/{{**path}}",
        $"ReverseProxy:Routes:{Provider}:Transforms:0:PathPattern=/{{**path}}",
        $"ReverseProxy:Routes:{Provider}:Transforms:1:Credential={Provider}",
        $"ReverseProxy:Clusters:{Provider}:Destinations:api:Address={server.Api}",
    ];

    private async Task<OwnerBrowser.Answer> ArriveAsync() =>
        await Gateway.Browser.ArriveAsync(await Gateway.Browser.GetAsync(await Gateway.StartAsync(await Gateway.LinkAsync(Provider))));
}
