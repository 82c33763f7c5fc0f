using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>What has been read of a provider so far, for the rules that concern more than one part of it.</summary>
/// <param name="Kind">Null when the block says nothing readable.</param>
/// <param name="Origin">Null when it was refused.</param>
/// <param name="OAuth">Null for secrets, and when it was refused.</param>
/// <param name="Injection">What goes on the wire.</param>
internal sealed record ProviderDraft(ProviderKind? Kind, UriTemplate? Origin, OAuthClient? OAuth, Injection Injection)
{
    /// <summary>Stands where an origin was refused; a provider with it is never used.</summary>
    public static UriTemplate NoOrigin { get; } =
        UriTemplate.TryParse("https://refused.invalid", out var template) ? template : throw new InvalidOperationException("Not a template.");

    /// <summary>The addresses that may hold fields of the connection, each with its key.</summary>
    public IEnumerable<(string Key, UriTemplate Address)> Addresses =>
        new (string Key, UriTemplate? Address)[]
        {
            ("Origin", Origin), ("TokenEndpoint", OAuth?.TokenEndpoint), ("AuthorizationEndpoint", OAuth?.AuthorizationEndpoint),
            ("RevocationEndpoint", OAuth?.RevocationEndpoint),
        }.Where(static pair => pair.Address is not null).Select(static pair => (pair.Key, pair.Address!));
}
