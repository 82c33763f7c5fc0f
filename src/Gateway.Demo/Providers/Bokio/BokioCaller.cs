namespace Gateway.Demo.Providers;

/// <summary>The caller that a bearer token identifies.</summary>
/// <param name="Token">The token; the rate limit applies to it.</param>
/// <param name="Company">The company of the token; null for a General token.</param>
/// <param name="Scopes">Scopes of the token; null for an integration token, which may do everything.</param>
internal sealed record BokioCaller(string Token, string? Company, IReadOnlySet<string>? Scopes)
{
    public bool IsIntegrationToken => Scopes is null;

    public bool IsGeneral => Company is null;

    public bool Has(string scope) => Scopes is null || Scopes.Contains(scope);
}
