using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;

using Gateway.Model;

using Microsoft.Extensions.Caching.Distributed;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Metadata of an authorization server (RFC 8414 section 2), checked.</summary>
/// <param name="Issuer">Identical to the issuer that the document's address stands for (section 3.3).</param>
/// <param name="AuthorizationEndpoint">Null when there is none.</param>
/// <param name="TokenEndpoint">Null when there is none.</param>
/// <param name="RevocationEndpoint">Null when there is none.</param>
/// <param name="SendsIssuer">Every callback names the issuer (RFC 9207 section 3).</param>
internal sealed record ServerMetadata(
    string Issuer, Uri? AuthorizationEndpoint, Uri? TokenEndpoint, Uri? RevocationEndpoint, bool SendsIssuer)
{
    private static readonly string[] WellKnown = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

    /// <summary>Reads a document. It decides where grants are sent, so one invalid member makes all of it unusable.</summary>
    /// <returns>Null when it is not a metadata document, is another issuer's, or has an endpoint that tokens may not be sent to.</returns>
    public static ServerMetadata? Read(ReadOnlyMemory<byte> body, Uri address)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement, address) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ServerMetadata? Read(JsonElement root, Uri address) =>
        Text(root, "issuer") is { } issuer && IssuersOf(address.AbsoluteUri).Contains(issuer, StringComparer.Ordinal)
        && TryEndpoint(root, "authorization_endpoint", address, out var authorization)
        && TryEndpoint(root, "token_endpoint", address, out var token)
        && TryEndpoint(root, "revocation_endpoint", address, out var revocation)
            ? new(issuer, authorization, token, revocation, HasIssuerInCallbacks(root))
            : null;

    // OpenID appends to the issuer; RFC 8414 section 3 puts the well-known part between host and path, and some servers append it too.
    private static IEnumerable<string> IssuersOf(string address)
    {
        foreach (var mark in WellKnown)
        {
            var at = address.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                // An issuer that ends in a slash loses it in the address (OpenID Connect Discovery section 4).
                var issuer = address.Remove(at, mark.Length).TrimEnd('/');
                yield return issuer;
                yield return issuer + "/";
            }
        }
    }

    private static bool TryEndpoint(JsonElement root, string name, Uri address, out Uri? endpoint)
    {
        endpoint = null;
        return Text(root, name) is not { } text
            || (Uri.TryCreate(text, UriKind.Absolute, out endpoint)
                && endpoint is { UserInfo.Length: 0, Fragment.Length: 0 } && IsSafe(endpoint, address));
    }

    // Plain http only where the document itself came over loopback.
    private static bool IsSafe(Uri endpoint, Uri address) =>
        endpoint.Scheme == Uri.UriSchemeHttps || (endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback && address.IsLoopback);

    private static bool HasIssuerInCallbacks(JsonElement root) =>
        root.TryGetProperty("authorization_response_iss_parameter_supported", out var flag) && flag.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}

/// <summary>
/// Metadata documents from memory, else from the server, else from the cache that all instances share. The last good document serves
/// while the server does not answer, or answers with one that is unusable.
/// </summary>
internal sealed class ServerMetadataSource(OutboundSockets sockets, IDistributedCache cache, TimeProvider clock) : IDisposable
{
    private const int MaxDocumentBytes = 256 * 1024;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FreshFor = TimeSpan.FromHours(1);
    private static readonly DistributedCacheEntryOptions SharedFor = new() { AbsoluteExpirationRelativeToNow = TimeSpan.FromDays(1) };

    private readonly HttpClient _client = new(sockets.CreateHandler())
    {
        Timeout = Deadline,
        MaxResponseContentBufferSize = MaxDocumentBytes,
    };

    // By address, as many as the configuration names. Two first callers fetch twice, and the later answer stays.
    private readonly ConcurrentDictionary<Uri, (ServerMetadata Metadata, DateTimeOffset ReadAt)> _known = new();

    /// <returns>Null when none is available now.</returns>
    public async Task<ServerMetadata?> FindAsync(Uri address, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(address, out var known) && clock.GetUtcNow() - known.ReadAt < FreshFor)
        {
            return known.Metadata;
        }

        var body = await FetchAsync(address, cancellationToken);
        var metadata = body is null ? null : ServerMetadata.Read(body, address);
        try
        {
            if (metadata is not null)
            {
                await cache.SetAsync(KeyOf(address), body!, SharedFor, cancellationToken);
            }
            else if (known.Metadata is null && await cache.GetAsync(KeyOf(address), cancellationToken) is { } shared)
            {
                metadata = ServerMetadata.Read(shared, address);
            }
        }
        catch (StoreUnavailableException)
        {
            // The cache only saves calls to the server.
        }

        if (metadata is not null)
        {
            _known[address] = (metadata, clock.GetUtcNow());
        }

        return metadata ?? known.Metadata;
    }

    public void Dispose() => _client.Dispose();

    private async Task<byte[]?> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await _client.GetAsync(address, cancellationToken);
            return response.StatusCode == HttpStatusCode.OK ? await response.Content.ReadAsByteArrayAsync(cancellationToken) : null;
        }
        catch (Exception e) when (
            e is HttpRequestException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private static string KeyOf(Uri address) => $"discovery:{address.AbsoluteUri}";
}

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
