using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// Bokio: OAuth with HTTP Basic at the token endpoint and rotating refresh tokens; integration tokens; a Company API with the company in
/// the path and a General API; 200 requests per rolling minute and token.
/// </summary>
internal sealed class SimulatedBokio : ISimulatedProvider
{
    private readonly ConcurrentDictionary<string, BokioCompany> _companies = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _integrationTokens = new(StringComparer.Ordinal);

    private SimulatedBokio(TimeProvider time) => Authorization = new AuthorizationServer(Rules(), time);

    public string Name => "bokio";

    public SimulatedHost Api { get; private set; } = null!;

    public AuthorizationServer Authorization { get; }

    /// <summary>The registered application; its id is a UUID, as at Bokio.</summary>
    public RegisteredClient Client => Authorization.Register("5f3a2c64-7d0b-4a0e-9a53-0d6c1b7e2f10");

    public Uri AuthorizationEndpoint => new(Api.Address, "/v1/authorize");

    public Uri TokenEndpoint => new(Api.Address, "/v1/token");

    /// <summary>Requests per rolling 60 s and bearer token.</summary>
    public int RateLimit { get; set; } = 200;

    /// <summary>Whether a second concurrent write to the same path gets 429.</summary>
    public bool RefusesConcurrentWrites { get; set; } = true;

    public IReadOnlyDictionary<string, SimulatedHost> Hosts =>
        new Dictionary<string, SimulatedHost>(StringComparer.Ordinal) { ["api"] = Api };

    public IReadOnlyDictionary<string, Action<IQueryCollection>> Operations => Authorization.Operations;

    public static async Task<SimulatedBokio> StartAsync(SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        var bokio = new SimulatedBokio(options.Time);
        bokio.Api = await SimulatedHost.StartAsync(options, options.Port, app => bokio.Map(app, options.Time));
        return bokio;
    }

    /// <summary>Returns the company with this name; creates it if necessary.</summary>
    public BokioCompany Company(string name) => _companies.GetOrAdd(name, made => new BokioCompany(made));

    /// <summary>Connects a company without a browser; <paramref name="scope"/> null grants all scopes.</summary>
    public IssuedTokens Connect(string company, string? scope = null) => Authorization.Connect(Client, Company(company).Name, scope);

    /// <summary>Issues a token of a private integration: one company, the whole Company API, no expiry.</summary>
    public string IssueIntegrationToken(string company)
    {
        var token = RandomText.Create("sim-bokio-integration-");
        _integrationTokens[token] = Company(company).Name;
        return token;
    }

    public void RevokeIntegrationToken(string token) => _integrationTokens.TryRemove(token, out _);

    public JsonObject Describe() => Authorization.Describe();

    public ValueTask DisposeAsync() => Api.DisposeAsync();

    internal BokioCompany? FindCompany(string? id) =>
        Guid.TryParse(id, out var parsed) ? _companies.Values.FirstOrDefault(company => company.Id == parsed) : null;

    internal BokioCaller? FindCaller(string? bearer)
    {
        if (bearer is not null && _integrationTokens.TryGetValue(bearer, out var company))
        {
            return new BokioCaller(bearer, company, Scopes: null);
        }

        return Authorization.Issuer.FindAccess(bearer) is { } token
            ? new BokioCaller(token.Value, token.Grant.IsApplicationOnly ? null : Company(token.Grant.Account).Name, token.Scopes)
            : null;
    }

    private void Map(IEndpointRouteBuilder app, TimeProvider time)
    {
        var guard = new BokioGuard(this, time);
        AuthorizationPage.Map(app, "/v1/authorize", Authorization);
        TokenEndpointHandler.Map(app, "/v1/token", Authorization);
        BokioConnections.Map(app, this, guard);
        BokioUploads.Map(app, guard);
        BokioCompanyApi.Map(app, guard);
    }

    private AuthorizationRules Rules() => new()
    {
        Tokens = new TokenShape("bokio", IsJwt: false),
        ClientAuthentication = ClientAuthentication.Basic,
        GrantTypes = Scope.Of("authorization_code", "refresh_token", "client_credentials"),
        Scopes = BokioScopes.All,
        IsStateRequired = true,
        AccountOf = context => FindCompany(context.Request.Query["bokio_tenantid"])?.Name,
        Describe = AddTenant,
    };

    /// <summary>Adds the tenant of a company token; for a General token the fields are null.</summary>
    private void AddTenant(JsonObject json, IssuedTokens tokens)
    {
        var grant = tokens.Grant;
        json["tenant_type"] = grant.IsApplicationOnly ? "general" : "company";
        json["tenant_id"] = grant.IsApplicationOnly ? null : Company(grant.Account).Id.ToString();
        json["connection_id"] = grant.IsApplicationOnly ? null : grant.Id.ToString();
    }
}

/// <summary>The resources of the Company API that have a read and a write scope, and all scopes.</summary>
internal static class BokioScopes
{
    public static readonly string[] ReadWrite =
        ["credit-notes", "customers", "invoices", "items", "journal-entries", "supplier-invoices", "suppliers", "tags", "uploads"];

    public static readonly IReadOnlySet<string> All = Scope.Of(
    [
        .. ReadWrite.SelectMany(resource => new[] { $"{resource}:read", $"{resource}:write" }),
        "bank-payments:read-limited", "bank-payments:write", "chart-of-accounts:read", "company-information:read",
        "fiscal-years:read", "sie:read",
    ]);
}
