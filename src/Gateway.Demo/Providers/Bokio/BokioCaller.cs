namespace Gateway.Demo.Providers;

/// <summary>Whose bearer token it was.</summary>
/// <param name="Token">The token; rate limits count by it.</param>
/// <param name="Company">The one company it is good for; null for a General token.</param>
/// <param name="Scopes">Null: everything (integration token).</param>
internal sealed record BokioCaller(string Token, string? Company, IReadOnlySet<string>? Scopes)
{
    public bool IsIntegrationToken => Scopes is null;

    public bool IsGeneral => Company is null;

    public bool Has(string scope) => Scopes is null || Scopes.Contains(scope);
}
