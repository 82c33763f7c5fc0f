using System.Net;

using Gateway.Model;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens;

/// <summary>
/// Tells a provider that a connection was removed or a grant was not taken, where the provider has a call for it: RFC 7009, or a DELETE
/// with a credential of the application. Best effort: the connection stays removed, whatever the provider answers.
/// </summary>
internal sealed class GrantRevocation(
    OutboundSockets sockets,
    EndpointResolver endpoints,
    ProviderCircuits circuits,
    ProviderCatalog catalog,
    TokenBroker broker,
    TimeProvider clock) : IDisposable
{
    // For all calls together: an operator waits.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _http = new(sockets.CreateHandler());

    /// <returns><c>none</c> (there is no such call), <c>revoked</c>, <c>http_NNN</c>, <c>unavailable</c> or <c>timeout</c>.</returns>
    public Task<string> RevokeAsync(Provider provider, Connection connection) => WithinAsync(deadline =>
        provider.Disconnection is { } disconnection ? DeleteAsync(disconnection, connection, deadline)
        : provider.OAuth is { Grant: OAuthGrant.AuthorizationCode } client ? RevokeAsync(provider.Name, client, connection, deadline)
        : Task.FromResult("none"));

    /// <summary>By RFC 7009 only, for a grant that was never stored: a DELETE may name a connection that another grant made.</summary>
    /// <returns>As the other overload.</returns>
    public Task<string> RevokeAsync(string provider, OAuthClient client, Connection connection) =>
        WithinAsync(deadline => RevokeAsync(provider, client, connection, deadline));

    /// <summary>False when the provider has no revocation endpoint, or its metadata is not available now.</summary>
    public async Task<bool> KnowsAsync(OAuthClient client, Connection connection) =>
        await EndpointAsync(client, connection, CancellationToken.None) is not null;

    public void Dispose() => _http.Dispose();

    private async Task<string> WithinAsync(Func<CancellationToken, Task<string>> act)
    {
        using var deadline = new CancellationTokenSource(Deadline, clock);
        try
        {
            return await act(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            return "timeout";
        }
        catch (Exception e) when (e is HttpRequestException or StoreUnavailableException)
        {
            return "unavailable";
        }
    }

    private async ValueTask<Uri?> EndpointAsync(OAuthClient client, Connection connection, CancellationToken cancellationToken) =>
        (await endpoints.ResolveAsync(client, connection.Fields, cancellationToken)).Revocation;

    // Tries the client's secrets in order while the client is refused.
    private async Task<string> RevokeAsync(string provider, OAuthClient client, Connection connection, CancellationToken deadline)
    {
        if (await EndpointAsync(client, connection, deadline) is not { } endpoint)
        {
            return "none";
        }

        HttpStatusCode status = default;
        foreach (var index in TokenEndpointClient.SecretsInOrder(circuits.Get(provider, client), client))
        {
            using var request = TokenRequest.Create(endpoint, client, client.ClientSecrets[index], FormOf(connection));
            using var response = await _http.SendAsync(request, deadline);
            status = response.StatusCode;
            if (status is not (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized))
            {
                break;
            }
        }

        return ToOutcome(status);
    }

    // RFC 7009 section 2.1: revoking the refresh token revokes the access tokens of its grant.
    private static List<KeyValuePair<string, string>> FormOf(Connection connection)
    {
        var (token, hint) = connection.Grant.RefreshToken is { IsEmpty: false } refreshToken
            ? (refreshToken, "refresh_token")
            : (connection.Token?.Value ?? default, "access_token");
        return [new("token", token.Reveal()), new("token_type_hint", hint)];
    }

    private async Task<string> DeleteAsync(Disconnection disconnection, Connection connection, CancellationToken deadline)
    {
        if (catalog.Find(disconnection.Provider) is not { } application
            || !disconnection.Path.FieldNames.All(connection.Fields.ContainsKey))
        {
            return "none";
        }

        var result = await broker.GetAsync(application, new(application.Name, ConnectionId.DefaultName), deadline);
        if (!result.TryGet(out var credential, out _))
        {
            return "unavailable";
        }

        var path = disconnection.Path.Expand(name => Uri.EscapeDataString(connection.Fields[name]));
        using var request = CredentialRequest.Create(HttpMethod.Delete, credential, path);
        using var response = await _http.SendAsync(request, deadline);
        return ToOutcome(response.StatusCode);
    }

    // A token that is unknown counts as revoked (RFC 7009 section 2.2).
    private static string ToOutcome(HttpStatusCode status) =>
        (int)status is (>= 200 and < 300) or 404 or 410 ? "revoked" : $"http_{(int)status}";
}
