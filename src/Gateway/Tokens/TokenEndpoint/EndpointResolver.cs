using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Where to go with a grant or an owner: what the configuration says, and what it leaves to the server's metadata.</summary>
internal sealed class EndpointResolver(ServerMetadataSource metadata)
{
    /// <summary>Everything that is known; waits for the metadata if any is configured.</summary>
    public async ValueTask<OAuthEndpoints> ResolveAsync(
        OAuthClient client, IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken) =>
        OAuthEndpoints.Of(client, fields, client.Discovery is { } address ? await metadata.FindAsync(address, cancellationToken) : null);

    /// <summary>The token endpoint, without a look at metadata where it is configured.</summary>
    public async ValueTask<Uri?> TokenEndpointAsync(
        OAuthClient client, IReadOnlyDictionary<string, string> fields, CancellationToken cancellationToken) =>
        client.TokenEndpoint is not null
            ? OAuthEndpoints.Of(client, fields, null).Token
            : (await ResolveAsync(client, fields, cancellationToken)).Token;
}
