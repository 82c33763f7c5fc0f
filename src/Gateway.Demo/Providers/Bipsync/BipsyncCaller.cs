namespace Gateway.Demo.Providers;

/// <param name="Client">Whose data the token opens.</param>
/// <param name="Scopes">Null: everything in the REST API and nothing in GraphQL (legacy API token).</param>
internal sealed record BipsyncCaller(string Client, IReadOnlySet<string>? Scopes)
{
    public bool IsLegacy => Scopes is null;

    public bool HasAny(params string[] scopes) => Scopes is null || Scopes.Overlaps(scopes);
}
