namespace Gateway.Demo.Providers;

/// <summary>The caller that a token identifies.</summary>
/// <param name="Client">The Bipsync client whose data the token can read.</param>
/// <param name="Scopes">Scopes of the token; null for a legacy API token, which may use the whole REST API but not GraphQL.</param>
internal sealed record BipsyncCaller(string Client, IReadOnlySet<string>? Scopes)
{
    public bool IsLegacy => Scopes is null;

    public bool HasAny(params string[] scopes) => Scopes is null || Scopes.Overlaps(scopes);
}
