using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Demo.Providers;

/// <summary>Authenticates the client of a token request.</summary>
internal sealed class ClientCheck(AuthorizationServer server)
{
    /// <summary>Returns the client, or the error if authentication failed.</summary>
    public (RegisteredClient? Client, OAuthError? Error) Authenticate(HttpContext context, TokenRequest request)
    {
        var basic = FromBasic(context.Request);
        var body = request["client_secret"] is { } secret ? (Id: request["client_id"] ?? "", Secret: secret) : default((string Id, string Secret)?);
        if (basic is not null && body is not null)
        {
            return (null, OAuthError.InvalidRequest("More than one method of client authentication was used."));
        }

        var allowed = server.Rules.ClientAuthentication;
        var shown = allowed.HasFlag(ClientAuthentication.Basic) ? basic : null;
        shown ??= allowed.HasFlag(ClientAuthentication.Body) ? body : null;
        return shown is { } pair ? Check(pair.Id, pair.Secret) : (null, OAuthError.InvalidClient("Client authentication is missing."));
    }

    private (RegisteredClient? Client, OAuthError? Error) Check(string id, string secret) =>
        server.FindClient(id) is { } client && AreEqual(client.Secret, secret)
            ? (client, null)
            : (null, OAuthError.InvalidClient("Unknown client or wrong secret."));

    private static bool AreEqual(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private static (string Id, string Secret)? FromBasic(HttpRequest request)
    {
        if (!AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header)
            || !header.Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase)
            || !TryDecode(header.Parameter, out var decoded)
            || decoded.Split(':', 2) is not [var id, var secret])
        {
            return null;
        }

        return (WebUtility.UrlDecode(id), WebUtility.UrlDecode(secret));
    }

    private static bool TryDecode(string? base64, out string decoded)
    {
        var bytes = new byte[base64?.Length ?? 0];
        var valid = Convert.TryFromBase64String(base64 ?? "", bytes, out var length);
        decoded = Encoding.UTF8.GetString(bytes, 0, length);
        return valid;
    }
}
