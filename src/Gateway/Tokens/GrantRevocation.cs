using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens;

/// <summary>
/// Tells a provider that a connection was removed, or a grant not taken, where it wants to be told: by RFC 7009, or by a DELETE with a credential of the
/// application. Best effort: what was removed here stays removed, whatever the provider says.
/// </summary>
internal sealed class GrantRevocation(
    TokenRevocation tokens, OutboundSockets sockets, ProviderCatalog catalog, TokenBroker broker, TimeProvider clock) : IDisposable
{
    /// <summary>For all of it: an operator waits.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    private readonly HttpMessageInvoker _http = new(sockets.CreateHandler());

    /// <param name="provider">The provider in force.</param>
    /// <param name="connection">As it was stored.</param>
    /// <returns><c>none</c> when the provider knows no such thing, <c>revoked</c>, <c>http_NNN</c>, <c>unavailable</c> or <c>timeout</c>.</returns>
    public Task<string> RevokeAsync(Provider provider, Connection connection) => WithinAsync(deadline =>
        provider.Disconnection is { } disconnection ? DeleteAsync(disconnection, connection, deadline)
        : provider.OAuth is { Grant: OAuthGrant.AuthorizationCode } client ? RevokeAsync(provider.Name, client, connection, deadline)
        : Task.FromResult("none"));

    /// <summary>By RFC 7009 alone, for a grant that was never stored: what a DELETE names may be somebody else's connection.</summary>
    /// <returns>As of the other overload.</returns>
    public Task<string> RevokeAsync(string provider, OAuthClient client, Connection connection) =>
        WithinAsync(deadline => RevokeAsync(provider, client, connection, deadline));

    /// <summary>False when the provider has no RFC 7009, or its metadata are not to be had now.</summary>
    public async Task<bool> KnowsAsync(OAuthClient client, Connection connection) => await tokens.PlaceOfAsync(client, connection, CancellationToken.None) is not null;

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

    private async Task<string> RevokeAsync(string provider, OAuthClient client, Connection connection, CancellationToken deadline) =>
        await tokens.TryRevokeAsync(provider, client, connection, deadline) is { } status ? WordFor(status) : "none";

    private async Task<string> DeleteAsync(Disconnection disconnection, Connection connection, CancellationToken deadline)
    {
        if (catalog.Find(disconnection.Provider) is not { } application || !disconnection.Path.FieldNames.All(connection.Fields.ContainsKey))
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
        return WordFor((int)response.StatusCode);
    }

    // Gone is as good as revoked (RFC 7009 section 2.2).
    private static string WordFor(int status) => status is (>= 200 and < 300) or 404 or 410 ? "revoked" : $"http_{status}";
}
