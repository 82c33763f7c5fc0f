using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// bexio: a Keycloak realm on a host of its own (post body or Basic, rotation, <c>offline_access</c>, <c>iss</c> on the callback), an API
/// whose tokens are bound to one company, limits announced in every answer.
/// </summary>
internal sealed class SimulatedBexio : ISimulatedProvider
{
    private readonly ConcurrentDictionary<string, BexioCompany> _companies = new(StringComparer.Ordinal);
    private int _lastCompany = 100;

    private SimulatedBexio(TimeProvider time) => Authorization = new AuthorizationServer(Rules(), time);

    public string Name => "bexio";

    public SimulatedHost Api { get; private set; } = null!;

    public SimulatedHost Identity { get; private set; } = null!;

    public AuthorizationServer Authorization { get; }

    public RegisteredClient Client => Authorization.Register("sim-bexio-client");

    public Uri Issuer => new(Identity.Address, BexioIdentity.Realm);

    public Uri AuthorizationEndpoint => new(Identity.Address, $"{BexioIdentity.Protocol}/auth");

    public Uri TokenEndpoint => new(Identity.Address, $"{BexioIdentity.Protocol}/token");

    public Uri UserInfoEndpoint => new(Identity.Address, $"{BexioIdentity.Protocol}/userinfo");

    public Uri RevocationEndpoint => new(Identity.Address, $"{BexioIdentity.Protocol}/revoke");

    /// <summary>Requests per minute and company, by group.</summary>
    public ConcurrentDictionary<BexioLimit, int> RateLimits { get; } = new()
    {
        [BexioLimit.General] = 1000,
        [BexioLimit.Article] = 400,
        [BexioLimit.Search] = 250,
    };

    public IReadOnlyDictionary<string, SimulatedHost> Hosts =>
        new Dictionary<string, SimulatedHost>(StringComparer.Ordinal) { ["api"] = Api, ["identity"] = Identity };

    public IReadOnlyDictionary<string, Action<IQueryCollection>> Operations => Authorization.Operations;

    public static async Task<SimulatedBexio> StartAsync(SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        var bexio = new SimulatedBexio(options.Time);
        bexio.Api = await SimulatedHost.StartAsync(options, options.Port, app => BexioApi.Map(app, new BexioGuard(bexio, options.Time)));
        bexio.Identity = await SimulatedHost.StartAsync(options, options.SecondPort, app => new BexioIdentity(bexio).Map(app));
        return bexio;
    }

    public BexioCompany Company(string name) =>
        _companies.GetOrAdd(name, made => new BexioCompany(made, Interlocked.Increment(ref _lastCompany)));

    /// <summary>Connects a company without a browser; <paramref name="scope"/> null grants all scopes, <c>offline_access</c> among them.</summary>
    public IssuedTokens Connect(string company, string? scope = null) => Authorization.Connect(Client, Company(company).Name, scope);

    /// <summary>A Personal Access Token: all scopes, one company, sixty days, nothing to refresh.</summary>
    public string IssuePersonalAccessToken(string company) => Authorization.Issuer
        .Issue(new SimulatedGrant(Company(company).Name, "personal", BexioScopes.All), withRefreshToken: false, TimeSpan.FromDays(60)).AccessToken;

    public JsonObject Describe() => Authorization.Describe();

    public async ValueTask DisposeAsync()
    {
        await Api.DisposeAsync();
        await Identity.DisposeAsync();
    }

    private AuthorizationRules Rules() => new()
    {
        Tokens = new TokenShape("bexio", IsJwt: true),
        ClientAuthentication = ClientAuthentication.Basic | ClientAuthentication.Body,
        GrantTypes = Scope.Of("authorization_code", "refresh_token"),
        Scopes = BexioScopes.All,
        OfflineScope = "offline_access",
        Issuer = () => Issuer.AbsoluteUri,
        Describe = AddKeycloakFields,
    };

    /// <summary>The id token is only shaped like one: nobody signs here.</summary>
    private static void AddKeycloakFields(JsonObject json, IssuedTokens tokens)
    {
        json["token_type"] = "Bearer";
        json["scope"] = Scope.Format(tokens.Scopes);
        json["refresh_expires_in"] = 0; // Keycloak's way to say that it does not expire
        if (tokens.Scopes.Contains("openid"))
        {
            json["id_token"] = RandomText.CreateJwt($"sim-user-of-{tokens.Grant.Account}", DateTimeOffset.MaxValue);
        }
    }
}
