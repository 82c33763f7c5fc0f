namespace Gateway.Demo.Providers;

/// <summary>An authorization request (RFC 6749 section 4.1.1) with a known client and redirect URI.</summary>
/// <param name="Client">The application.</param>
/// <param name="RedirectUri">The redirect URI; it is registered, so redirecting to it is safe.</param>
/// <param name="State">Returned unchanged; null if there was none.</param>
/// <param name="Scopes">The requested scopes.</param>
/// <param name="Challenge">PKCE challenge; null if there was none.</param>
internal sealed record AuthorizationRequest(
    RegisteredClient Client, string RedirectUri, string? State, IReadOnlySet<string> Scopes, string? Challenge)
{
    /// <summary>Null if the client or the redirect URI is unknown: such a request must not be redirected.</summary>
    public static AuthorizationRequest? Read(IQueryCollection query, AuthorizationServer server) =>
        server.FindClient(query["client_id"]) is { } client && query["redirect_uri"] is [{ } address] && client.HasRedirectUri(address)
            ? new AuthorizationRequest(client, address, query["state"], Scope.Parse(query["scope"]), query["code_challenge"])
            : null;

    /// <summary>The error code for the redirect (RFC 6749 section 4.1.2.1); null if the request is valid.</summary>
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
