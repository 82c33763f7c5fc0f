using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// bexio: a Keycloak realm on a separate host (client secret in the body or with Basic, rotation, <c>offline_access</c>, <c>iss</c> in the
/// callback); an API whose tokens belong to one company and whose answers announce the rate limits.
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

    /// <summary>
    /// Connects a company without a browser; <paramref name="scope"/> null grants all scopes, including <c>offline_access</c>.
    /// </summary>
    public IssuedTokens Connect(string company, string? scope = null) => Authorization.Connect(Client, Company(company).Name, scope);

    /// <summary>Issues a Personal Access Token: all scopes, one company, valid for 60 days, without a refresh token.</summary>
    public string IssuePersonalAccessToken(string company)
    {
        var grant = new SimulatedGrant(Company(company).Name, "personal", BexioScopes.All);
        return Authorization.Issuer.Issue(grant, withRefreshToken: false, TimeSpan.FromDays(60)).AccessToken;
    }

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

    /// <summary>Adds the fields of Keycloak. The id token only has the shape of a JWT; it is not signed.</summary>
    private static void AddKeycloakFields(JsonObject json, IssuedTokens tokens)
    {
        json["token_type"] = "Bearer";
        json["scope"] = Scope.Format(tokens.Scopes);
        json["refresh_expires_in"] = 0; // Keycloak's value for no expiry
        if (tokens.Scopes.Contains("openid"))
        {
            json["id_token"] = RandomText.CreateJwt($"sim-user-of-{tokens.Grant.Account}", DateTimeOffset.MaxValue);
        }
    }
}

/// <summary>The scopes of bexio, and those that an endpoint requires. <c>…_edit</c> implies <c>…_show</c>.</summary>
internal static class BexioScopes
{
    private static readonly string[] ShowAndEdit =
    [
        "article", "bank_account", "bank_payment", "contact", "kb_article_order", "kb_bill", "kb_credit_voucher", "kb_delivery",
        "kb_expense", "kb_invoice", "kb_offer", "kb_order", "monitoring", "note", "project", "task",
    ];

    public static readonly IReadOnlySet<string> All = Scope.Of(
    [
        "openid", "profile", "email", "offline_access", "company_profile", "accounting", "file",
        .. ShowAndEdit.SelectMany(module => new[] { $"{module}_show", $"{module}_edit" }),
    ]);

    public static bool AllowShow(IReadOnlySet<string> scopes, string module) =>
        scopes.Contains($"{module}_show") || AllowEdit(scopes, module);

    public static bool AllowEdit(IReadOnlySet<string> scopes, string module) => scopes.Contains($"{module}_edit");
}
