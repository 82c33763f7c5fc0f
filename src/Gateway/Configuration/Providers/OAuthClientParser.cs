using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>The part of a provider that only OAuth 2 has: the gateway as a client.</summary>
internal static class OAuthClientParser
{
    /// <summary>Room for the whole refresh, store writes included, inside the deadlines of a request.</summary>
    private static readonly TimeSpan LongestTokenTimeout = TimeSpan.FromMinutes(1);

    /// <summary>More at once is an attack on the token endpoint.</summary>
    private const int MostParallelRefreshes = 1000;

    private static readonly string[] Keys =
    [
        "Grant", "AuthorizationEndpoint", "TokenEndpoint", "ClientId", "ClientSecret", "ClientSecrets", "ClientAuthentication", "Scopes", "Pkce",
        "AuthorizationParameters", "Discovery", "Issuer", "RevocationEndpoint", "RevocationIsPerGrant", "RefreshBeforeExpiry", "DefaultLifetime", "ReuseGrace", "TokenTimeout",
        "MaxParallelRefreshes",
    ];

    /// <param name="block">The provider's block.</param>
    /// <param name="kind">Null when the block says nothing readable: nothing can be told of these keys then.</param>
    public static OAuthClient? Parse(SectionReader block, ProviderKind? kind)
    {
        var given = Keys.Where(block.Has).ToList();
        if (kind != ProviderKind.OAuth2)
        {
            RefuseKeys(block, kind is null ? [] : given, "belongs to Kind OAuth2 only");
            return null;
        }

        var grant = block.Choice<OAuthGrant>("Grant") ?? OAuthGrant.AuthorizationCode;
        if (!block.Has("Discovery"))
        {
            _ = block.Required("TokenEndpoint");
        }

        return Read(block, grant);
    }

    private static OAuthClient Read(SectionReader block, OAuthGrant grant) => new()
    {
        Grant = grant,
        TokenEndpoint = block.Template("TokenEndpoint"),

        // May be missing: such a provider's connections are put by an operator, never by a link.
        AuthorizationEndpoint = block.Template("AuthorizationEndpoint"),
        RevocationEndpoint = block.Template("RevocationEndpoint"),
        RevocationIsPerGrant = block.GetBoolean("RevocationIsPerGrant", otherwise: false),
        Discovery = block.Address("Discovery"),
        Issuer = block.Address("Issuer") is null ? null : block.Text("Issuer"),
        ClientId = block.Required("ClientId"),
        ClientSecrets = ReadSecrets(block),
        ClientAuthentication = block.Choice<ClientAuthentication>("ClientAuthentication") ?? ClientAuthentication.Basic,
        Scopes = ReadScopes(block),
        Pkce = block.GetBoolean("Pkce", otherwise: true),
        AuthorizationParameters = AuthorizationParametersParser.Parse(block),
        RefreshBeforeExpiry = block.DurationOrZero("RefreshBeforeExpiry", TimeSpan.FromMinutes(5)),
        DefaultLifetime = block.Duration("DefaultLifetime", TimeSpan.FromHours(1)),
        ReuseGrace = block.DurationOrZero("ReuseGrace", TimeSpan.Zero),
        TokenTimeout = ReadTokenTimeout(block),
        MaxParallelRefreshes = block.Count("MaxParallelRefreshes", otherwise: 16, MostParallelRefreshes),
    };

    private static IReadOnlyList<Secret> ReadSecrets(SectionReader block)
    {
        var list = block.List("ClientSecrets");
        var single = block.Text("ClientSecret");
        if (single is null && list.Count == 0)
        {
            block.Errors.Add(block.KeyOf("ClientSecret"), "missing; ClientSecrets may hold several, the current one first");
        }

        if (single is not null && list.Count > 0)
        {
            block.Errors.Add(block.KeyOf("ClientSecret"), "stands beside ClientSecrets; give one of them");
        }

        return [.. (single is null ? list : [single]).Select(static secret => new Secret(secret))];
    }

    private static IReadOnlyList<string> ReadScopes(SectionReader block)
    {
        var scopes = block.List("Scopes");
        for (var i = 0; i < scopes.Count; i++)
        {
            // RFC 6749 section 3.3: printable ASCII without quotation mark and backslash; the space separates.
            if (!string.IsNullOrWhiteSpace(scopes[i]) && !scopes[i].All(static c => c is > ' ' and <= '~' and not '"' and not '\\'))
            {
                block.Errors.Add($"{block.KeyOf("Scopes")}:{i}", scopes[i], "is not one scope (RFC 6749 section 3.3)");
            }
        }

        return scopes;
    }

    private static TimeSpan ReadTokenTimeout(SectionReader block)
    {
        var timeout = block.Duration("TokenTimeout", TimeSpan.FromSeconds(10));
        if (timeout > LongestTokenTimeout)
        {
            block.Errors.Add(block.KeyOf("TokenTimeout"), block.Text("TokenTimeout")!, "is longer than 00:01:00");
        }

        return timeout;
    }

    private static void RefuseKeys(SectionReader block, IEnumerable<string> keys, string rule)
    {
        foreach (var key in keys.Where(block.Has))
        {
            block.Errors.Add(block.KeyOf(key), rule);
        }
    }
}
