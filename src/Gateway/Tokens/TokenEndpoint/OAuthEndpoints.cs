using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>The endpoints of an authorization server, for one connection.</summary>
/// <param name="Authorization">Null when it is not known.</param>
/// <param name="Token">Null when it is not known, or when the connection lacks a field of its address.</param>
/// <param name="Revocation">Null when there is none.</param>
/// <param name="Issuer">Null when it is not known.</param>
/// <param name="SendsIssuer">True when every callback of the server has <c>iss</c>.</param>
internal sealed record OAuthEndpoints(Uri? Authorization, Uri? Token, Uri? Revocation, string? Issuer, bool SendsIssuer)
{
    /// <summary>The configured endpoints, completed by the metadata.</summary>
    public static OAuthEndpoints Of(OAuthClient client, IReadOnlyDictionary<string, string> fields, ServerMetadata? metadata) => new(
        Expand(client.AuthorizationEndpoint, fields, metadata?.AuthorizationEndpoint),
        Expand(client.TokenEndpoint, fields, metadata?.TokenEndpoint),
        Expand(client.RevocationEndpoint, fields, metadata?.RevocationEndpoint),
        client.Issuer ?? metadata?.Issuer,
        metadata?.SendsIssuer ?? false);

    private static Uri? Expand(UriTemplate? configured, IReadOnlyDictionary<string, string> fields, Uri? discovered) =>
        configured is null ? discovered : configured.TryExpand(fields, out var uri) ? uri : null;
}

/// <summary>Resolves endpoints from the configuration and the server's metadata.</summary>
internal sealed class EndpointResolver(ServerMetadataSource metadata)
{
    /// <summary>All endpoints; waits for the metadata if its address is configured.</summary>
    public async ValueTask<OAuthEndpoints> ResolveAsync(
        OAuthClient client, IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken) =>
        OAuthEndpoints.Of(client, fields, client.Discovery is { } address ? await metadata.FindAsync(address, cancellationToken) : null);

    /// <summary>The token endpoint; the metadata is not read where it is configured.</summary>
    public async ValueTask<Uri?> TokenEndpointAsync(
        OAuthClient client, IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken) =>
        client.TokenEndpoint is not null
            ? OAuthEndpoints.Of(client, fields, null).Token
            : (await ResolveAsync(client, fields, cancellationToken)).Token;
}
