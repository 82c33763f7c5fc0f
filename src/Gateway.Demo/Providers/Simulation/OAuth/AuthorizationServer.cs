using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>A simulated authorization server: settings, counters, and operations for tests and the control API.</summary>
internal sealed class AuthorizationServer
{
    private readonly ConcurrentDictionary<string, RegisteredClient> _clients = new(StringComparer.Ordinal);

    public AuthorizationServer(AuthorizationRules rules, TimeProvider time)
    {
        Rules = rules;
        Issuer = new TokenIssuer(Settings, rules.Tokens, Counters, time);
        Codes = new AuthorizationCodes(Settings, time);
    }

    public TokenSettings Settings { get; } = new();

    public TokenEndpointCounters Counters { get; } = new();

    internal AuthorizationRules Rules { get; }

    internal TokenIssuer Issuer { get; }

    internal AuthorizationCodes Codes { get; }

    public RegisteredClient Register(string clientId) => _clients.GetOrAdd(clientId, id => new RegisteredClient(id));

    /// <summary>Connects an account without a browser.</summary>
    /// <param name="client">The application.</param>
    /// <param name="account">The account.</param>
    /// <param name="scope">Space-separated scopes; null grants all scopes of the provider.</param>
    public IssuedTokens Connect(RegisteredClient client, string account, string? scope = null)
    {
        var scopes = scope is null ? Rules.Scopes : Scope.Parse(scope);
        return Issuer.Issue(new SimulatedGrant(account, client.Id, scopes), AllowsRefresh(scopes));
    }

    /// <summary>Expires the access tokens of one account or of all. The next request with such a token gets 401.</summary>
    public void ExpireAccessTokens(string? account = null) => Issuer.EndAccess(token => account is null || IsOf(token.Grant, account));

    /// <summary>Invalidates one access token.</summary>
    public void RevokeAccessToken(string value) => Issuer.EndAccess(token => token.Value.Equals(value, StringComparison.Ordinal));

    /// <summary>Revokes the grants of one account or of all: a refresh answers <c>invalid_grant</c>.</summary>
    /// <param name="account">The account; null for all.</param>
    /// <param name="endAccess">False leaves access tokens valid until they expire.</param>
    public void RevokeGrants(string? account = null, bool endAccess = true) =>
        Issuer.Revoke(grant => account is null || IsOf(grant, account), endAccess);

    /// <summary>Gives each client a new secret; a request with the old one gets <c>invalid_client</c>.</summary>
    public void ChangeClientSecrets()
    {
        foreach (var client in _clients.Values)
        {
            client.Secret = RandomText.Create("sim-client-secret-");
        }
    }

    /// <summary>Whether the access token is accepted now.</summary>
    public bool IsLive(string accessToken) => Issuer.FindAccess(accessToken) is not null;

    internal RegisteredClient? FindClient(string? id) => id is not null ? _clients.GetValueOrDefault(id) : null;

    internal bool AllowsRefresh(IReadOnlySet<string> scopes) => Rules.OfflineScope is null || scopes.Contains(Rules.OfflineScope);

    /// <summary>The operations of the control API (<see cref="ISimulatedProvider.Operations"/>).</summary>
    internal IReadOnlyDictionary<string, Action<IQueryCollection>> Operations =>
        new Dictionary<string, Action<IQueryCollection>>(StringComparer.Ordinal)
        {
            ["expire-access-tokens"] = query => ExpireAccessTokens(query["account"]),
            ["revoke-grants"] = query => RevokeGrants(query["account"]),
            ["set-reuse-grace"] = query => Settings.ReuseGrace = TimeSpan.FromSeconds(query.Number("seconds", 0)),
            ["revoke-family-on-reuse"] = query => Settings.RevokeFamilyOnReuse = query.Number("on", 1) == 1,
            ["change-client-secrets"] = _ => ChangeClientSecrets(),
            ["reset-counters"] = _ => Counters.Reset(),
            ["set-access-token-lifetime"] = query => Settings.AccessTokenLifetime = TimeSpan.FromSeconds(query.Number("seconds", 3600)),
        };

    internal JsonObject Describe() => new()
    {
        ["grants"] = Issuer.Grants.Count,
        ["accessTokenLifetimeSeconds"] = Settings.AccessTokenLifetime.TotalSeconds,
        ["tokenEndpoint"] = Counters.Describe(),
    };

    private static bool IsOf(SimulatedGrant grant, string account) => grant.Account.Equals(account, StringComparison.Ordinal);
}

/// <summary>An application registered with a simulated provider. Its secret is generated for each process.</summary>
/// <param name="Id">Client id.</param>
internal sealed record RegisteredClient(string Id)
{
    private readonly ConcurrentDictionary<string, byte> _redirectUris = new(StringComparer.Ordinal);

    /// <summary>The valid secret; setting it invalidates the previous one at once. Tests set it while requests read it.</summary>
    public string Secret { get; set; } = RandomText.Create("sim-client-secret-");

    /// <summary>Registers a redirect URI; requests must repeat it exactly.</summary>
    public void AddRedirectUri(string address) => _redirectUris[address] = 0;

    public bool HasRedirectUri(string address) => _redirectUris.ContainsKey(address);
}
