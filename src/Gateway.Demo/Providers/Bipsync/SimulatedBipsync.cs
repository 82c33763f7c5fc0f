using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// Bipsync: one host for each client; PKCE is required; the client secret is in a form or JSON body; a refresh revokes the old access token
/// together with the old refresh token; legacy API tokens in the header <c>Token</c>.
/// </summary>
internal sealed class SimulatedBipsync : ISimulatedProvider
{
    private readonly ConcurrentDictionary<string, string> _legacyTokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Client, string Resource), JsonCollection> _records = new();

    private SimulatedBipsync(TimeProvider time)
    {
        Authorization = new AuthorizationServer(Rules(), time);
        Authorization.Settings.Rotation = RefreshRotation.RotatingWithAccess;
    }

    public string Name => "bipsync";

    /// <summary>One listener for all client hosts; the <c>Host</c> header distinguishes them.</summary>
    public SimulatedHost Api { get; private set; } = null!;

    public AuthorizationServer Authorization { get; }

    public RegisteredClient Client => Authorization.Register("sim-bipsync-client");

    /// <summary>Simulates a caller address that is not on the allow-list: each API request gets 403.</summary>
    public bool RefusesCallerAddress { get; set; }

    public IReadOnlyDictionary<string, SimulatedHost> Hosts =>
        new Dictionary<string, SimulatedHost>(StringComparer.Ordinal) { ["api"] = Api };

    public IReadOnlyDictionary<string, Action<IQueryCollection>> Operations =>
        new Dictionary<string, Action<IQueryCollection>>(Authorization.Operations, StringComparer.Ordinal)
        {
            ["refuse-caller-address"] = query => RefusesCallerAddress = query["on"] != "false",
        };

    public static async Task<SimulatedBipsync> StartAsync(SimulationOptions? options = null)
    {
        options ??= new SimulationOptions();
        var bipsync = new SimulatedBipsync(options.Time);
        bipsync.Api = await SimulatedHost.StartAsync(options, options.Port, bipsync.Map);
        return bipsync;
    }

    /// <summary><c>http://{client}-api.bipsync.localhost:PORT/</c>.</summary>
    public Uri ApiAddress(string client) => AddressOf(new BipsyncHost(client, IsApi: true));

    public Uri TokenEndpoint(string client) => new(ApiAddress(client), "/v1/oauth/token");

    public Uri AuthorizationEndpoint(string client) => new(AddressOf(new BipsyncHost(client, IsApi: false)), "/oauth/authorization");

    /// <summary>Connects a client without a browser; <paramref name="scope"/> null grants all scopes.</summary>
    public IssuedTokens Connect(string client, string? scope = null) => Authorization.Connect(Client, client, scope);

    /// <summary>Issues a legacy API token: REST API only, no expiry.</summary>
    public string IssueApiToken(string client)
    {
        var token = RandomText.Create("sim-bipsync-legacy-");
        _legacyTokens[token] = client;
        return token;
    }

    public void RevokeApiToken(string token) => _legacyTokens.TryRemove(token, out _);

    public JsonObject Describe() => Authorization.Describe();

    public ValueTask DisposeAsync() => Api.DisposeAsync();

    internal JsonCollection Records(string client, string resource) => _records.GetOrAdd((client, resource), _ => new JsonCollection());

    internal BipsyncCaller? FindLegacy(string token) =>
        _legacyTokens.TryGetValue(token, out var client) ? new BipsyncCaller(client, Scopes: null) : null;

    internal BipsyncCaller? FindBearer(string? value) =>
        Authorization.Issuer.FindAccess(value) is { } token ? new BipsyncCaller(token.Grant.Account, token.Scopes) : null;

    private Uri AddressOf(BipsyncHost host) => new UriBuilder(Api.Address) { Host = host.Name }.Uri;

    private void Map(WebApplication app)
    {
        app.Use(BipsyncGuard.CheckHostAsync);
        AuthorizationPage.Map(app, "/oauth/authorization", Authorization);
        TokenEndpointHandler.Map(app, "/v1/oauth/token", Authorization);
        new BipsyncApi(this).Map(app, new BipsyncGuard(this));
    }

    /// <summary>Without client credentials, which Bipsync does not offer to partners.</summary>
    private static AuthorizationRules Rules() => new()
    {
        Tokens = new TokenShape("bipsync", IsJwt: true),
        ClientAuthentication = ClientAuthentication.Body,
        GrantTypes = Scope.Of("authorization_code", "refresh_token"),
        Scopes = BipsyncScopes.All,
        IsPkceRequired = true,
        AcceptsJson = true,
        AccountOf = context => BipsyncHost.Read(context.Request)?.Client,
    };
}

/// <summary>The scopes of Bipsync.</summary>
internal static class BipsyncScopes
{
    public const string Read = "rest_api:read";
    public const string Write = "rest_api:write";
    public const string Fields = "rest_api:fields:read";

    /// <summary>The types that GraphQL queries can request; each has its own <c>:read</c> scope.</summary>
    public static readonly string[] GraphTypes =
    [
        "attachments", "categories", "classifications", "comments", "contacts", "events", "external_ids", "fields", "groups",
        "note_templates", "pipelines", "projects", "research", "tasks", "users", "versions",
    ];

    public static readonly IReadOnlySet<string> All = Scope.Of([Read, Write, Fields, .. GraphTypes.Select(type => $"{type}:read")]);
}
