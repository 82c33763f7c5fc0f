using System.Net;

using Gateway.Model;
using Gateway.Tokens.Circuit;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Gives a grant back at the provider's revocation endpoint (RFC 7009).</summary>
internal sealed class TokenRevocation(OutboundSockets sockets, EndpointResolver endpoints, ProviderAlarms alarms) : IDisposable
{
    private readonly HttpMessageInvoker _http = new(sockets.CreateHandler());

    /// <summary>Where it is; null when the provider has no such endpoint.</summary>
    public async ValueTask<Uri?> PlaceOfAsync(OAuthClient client, Connection connection, CancellationToken cancellationToken) =>
        (await endpoints.ResolveAsync(client, connection.Fields, cancellationToken)).Revocation;

    /// <summary>Asks with the client's secrets in order, the one that worked last first, as long as the client is refused.</summary>
    /// <returns>The status of the last answer; null when the provider has no such endpoint.</returns>
    public async Task<int?> TryRevokeAsync(string provider, OAuthClient client, Connection connection, CancellationToken deadline)
    {
        if (await PlaceOfAsync(client, connection, deadline) is not { } place)
        {
            return null;
        }

        int? status = null;
        foreach (var index in alarms.StandingOf(provider, client).SecretsOf(client))
        {
            using var request = TokenRequest.Create(place, client, client.ClientSecrets[index], FormOf(connection));
            using var response = await _http.SendAsync(request, deadline);
            status = (int)response.StatusCode;
            if (response.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized))
            {
                break;
            }
        }

        return status;
    }

    public void Dispose() => _http.Dispose();

    // Section 2.1: the refresh token takes the access tokens of its grant along.
    private static List<KeyValuePair<string, string>> FormOf(Connection connection)
    {
        var (token, hint) = connection.Grant.RefreshToken is { IsEmpty: false } grant
            ? (grant, "refresh_token")
            : (connection.Token?.Value ?? default, "access_token");
        return [new("token", token.Reveal()), new("token_type_hint", hint)];
    }
}
