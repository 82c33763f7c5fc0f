namespace Gateway.Demo.Providers;

/// <summary>The query of an authorization request, checked.</summary>
/// <param name="Client">The application.</param>
/// <param name="RedirectUri">Registered, so it is safe to send the browser there.</param>
/// <param name="State">Handed back as it came; null when there was none.</param>
/// <param name="Scopes">What is asked for.</param>
/// <param name="Challenge">PKCE challenge; null when there was none.</param>
internal sealed record AuthorizationRequest(
    RegisteredClient Client, string RedirectUri, string? State, IReadOnlySet<string> Scopes, string? Challenge)
{
    /// <summary>Null when client or redirect address are not known: then there is nowhere to send the browser.</summary>
    public static AuthorizationRequest? Read(IQueryCollection query, AuthorizationServer server) =>
        server.FindClient(query["client_id"]) is { } client && query["redirect_uri"] is [{ } address] && client.HasRedirectUri(address)
            ? new AuthorizationRequest(client, address, query["state"], Scope.Parse(query["scope"]), query["code_challenge"])
            : null;

    /// <summary>The error that goes to the redirect address (RFC 6749 section 4.1.2.1); null when all is well.</summary>
    public string? Fault(IQueryCollection query, AuthorizationRules rules)
    {
        if (!string.Equals(query["response_type"], "code", StringComparison.Ordinal))
        {
            return "unsupported_response_type";
        }

        if ((rules.IsStateRequired && string.IsNullOrEmpty(State)) || IsChallengeAtFault(query, rules))
        {
            return "invalid_request";
        }

        return Scopes.IsSubsetOf(rules.Scopes) ? null : "invalid_scope";
    }

    private bool IsChallengeAtFault(IQueryCollection query, AuthorizationRules rules) =>
        Challenge is null
            ? rules.IsPkceRequired
            : !string.Equals(query["code_challenge_method"], "S256", StringComparison.Ordinal);
}
