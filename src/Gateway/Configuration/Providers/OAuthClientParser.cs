using System.Collections.Frozen;

using Gateway.Configuration.Reading;
using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>Reads the keys of a provider that only <c>Kind OAuth2</c> has: the gateway as a client.</summary>
internal static class OAuthClientParser
{
    /// <summary>A refresh, store writes included, has to fit inside the deadline of a request.</summary>
    private static readonly TimeSpan MaxTokenTimeout = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxInterruptedWait = TimeSpan.FromDays(1);

    private const int MaxParallelRefreshes = 1000;

    private static readonly string[] Keys =
    [
        "Grant", "AuthorizationEndpoint", "TokenEndpoint", "ClientId", "ClientSecret", "ClientSecrets", "ClientAuthentication", "Scopes",
        "Pkce", "AuthorizationParameters", "Discovery", "Issuer", "RevocationEndpoint", "RevocationIsPerGrant", "RefreshBeforeExpiry",
        "DefaultLifetime", "ReuseGrace", "InterruptedWait", "TokenTimeout", "MaxParallelRefreshes",
    ];

    private static readonly FrozenSet<string> ReservedParameters = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "client_secret");

    /// <param name="kind">Null when it is missing or unknown: then these keys are not checked.</param>
    public static OAuthClient? Parse(SectionReader block, ProviderKind? kind)
    {
        // Has also marks a key as known, whatever the kind.
        var present = Keys.Where(block.Has).ToList();
        if (kind == ProviderKind.OAuth2)
        {
            return Read(block, block.GetEnum<OAuthGrant>("Grant") ?? OAuthGrant.AuthorizationCode);
        }

        foreach (var key in kind is null ? [] : present)
        {
            block.Refuse(key, "belongs to Kind OAuth2 only");
        }

        return null;
    }

    private static OAuthClient Read(SectionReader block, OAuthGrant grant)
    {
        _ = block.GetText("TokenEndpoint", isRequired: !block.Has("Discovery"));
        return new()
        {
            Grant = grant,
            TokenEndpoint = block.GetUriTemplate("TokenEndpoint"),

            // Optional: without it, connections are put by an operator and never by a link.
            AuthorizationEndpoint = block.GetUriTemplate("AuthorizationEndpoint"),
            RevocationEndpoint = block.GetUriTemplate("RevocationEndpoint"),
            RevocationIsPerGrant = block.GetBoolean("RevocationIsPerGrant", defaultValue: false),
            Discovery = block.GetUri("Discovery"),
            Issuer = block.GetUri("Issuer") is null ? null : block.GetText("Issuer"),
            ClientId = block.GetRequiredText("ClientId"),
            ClientSecrets = ReadSecrets(block),
            ClientAuthentication = block.GetEnum<ClientAuthentication>("ClientAuthentication") ?? ClientAuthentication.Basic,

            // RFC 6749 section 3.3: printable ASCII without quotation mark and backslash; the space separates.
            Scopes = block.GetList(
                "Scopes", static scope => scope.All(static c => c is > ' ' and <= '~' and not '"' and not '\\'),
                "is not one scope (RFC 6749 section 3.3)"),
            Pkce = block.GetBoolean("Pkce", defaultValue: true),
            AuthorizationParameters = ReadAuthorizationParameters(block),
            RefreshBeforeExpiry = block.GetDuration("RefreshBeforeExpiry", TimeSpan.FromMinutes(5), allowZero: true),
            DefaultLifetime = block.GetDuration("DefaultLifetime", TimeSpan.FromHours(1)),
            ReuseGrace = block.GetDuration("ReuseGrace", TimeSpan.Zero, allowZero: true),
            InterruptedWait = block.GetDuration("InterruptedWait", TimeSpan.FromMinutes(10), allowZero: true, maximum: MaxInterruptedWait),
            TokenTimeout = block.GetDuration("TokenTimeout", TimeSpan.FromSeconds(10), maximum: MaxTokenTimeout),
            MaxParallelRefreshes = block.GetCount("MaxParallelRefreshes", defaultValue: 16, MaxParallelRefreshes),
        };
    }

    private static IReadOnlyList<Secret> ReadSecrets(SectionReader block)
    {
        var list = block.GetList("ClientSecrets");
        var single = block.GetText("ClientSecret");
        if (single is null && list.Count == 0)
        {
            block.Refuse("ClientSecret", "missing; ClientSecrets may hold several, the current one first");
        }

        if (single is not null && list.Count > 0)
        {
            block.Refuse("ClientSecret", "stands beside ClientSecrets; give one of them");
        }

        return [.. (single is null ? list : [single]).Select(static secret => new Secret(secret))];
    }

    // Further parameters of the authorization request (RFC 6749 section 3.1), none of them one that the gateway sets.
    private static FrozenDictionary<string, TextTemplate> ReadAuthorizationParameters(SectionReader block)
    {
        var parameters = new Dictionary<string, TextTemplate>(StringComparer.Ordinal);
        foreach (var parameter in block.GetMap("AuthorizationParameters"))
        {
            if (ReservedParameters.Contains(parameter.Key))
            {
                block.Errors.Add(parameter.Path, "is set by the gateway itself");
            }

            if (string.IsNullOrEmpty(parameter.Value))
            {
                block.Errors.Add(parameter.Path, "is not a text with at least one character");
            }
            else if (TextTemplate.TryParse(parameter.Value, out var template))
            {
                parameters[parameter.Key] = template;
            }
            else
            {
                block.Errors.Add(parameter.Path, parameter.Value, "is not a template: text with {field}s");
            }
        }

        return parameters.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
