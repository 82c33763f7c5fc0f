using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Where an authorization server is, for one connection.</summary>
/// <param name="Authorization">Null when nobody says.</param>
/// <param name="Token">Null when nobody says, or when the connection lacks a field of it.</param>
/// <param name="Revocation">Null when there is none.</param>
/// <param name="Issuer">Null when nobody says.</param>
/// <param name="SendsIssuer">A callback without <c>iss</c> is not the server's.</param>
internal sealed record OAuthEndpoints(Uri? Authorization, Uri? Token, Uri? Revocation, string? Issuer, bool SendsIssuer)
{
    /// <summary>What is configured; the metadata fills in the rest.</summary>
    public static OAuthEndpoints Of(OAuthClient client, IReadOnlyDictionary<string, string> fields, ServerMetadata? metadata) => new(
        Expand(client.AuthorizationEndpoint, fields, metadata?.AuthorizationEndpoint),
        Expand(client.TokenEndpoint, fields, metadata?.TokenEndpoint),
        Expand(client.RevocationEndpoint, fields, metadata?.RevocationEndpoint),
        client.Issuer ?? metadata?.Issuer,
        metadata?.SendsIssuer ?? false);

    private static Uri? Expand(UriTemplate? configured, IReadOnlyDictionary<string, string> fields, Uri? discovered) =>
        configured is null ? discovered : configured.TryExpand(fields, out var uri) ? uri : null;
}
