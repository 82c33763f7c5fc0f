using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The parameters in the body of a token request. Query parameters are ignored.</summary>
internal sealed class TokenRequest
{
    private readonly IReadOnlyDictionary<string, string> _fields;

    private TokenRequest(IReadOnlyDictionary<string, string> fields, OAuthError? error) => (_fields, Error) = (fields, error);

    /// <summary>Why the body was refused; null if it is valid.</summary>
    public OAuthError? Error { get; }

    public string? this[string name] => _fields.GetValueOrDefault(name);

    /// <summary>Reads the body once; later calls for the same request return the same object.</summary>
    public static async ValueTask<TokenRequest> ReadAsync(HttpContext context, bool acceptsJson)
    {
        if (context.Features.Get<TokenRequest>() is not { } read)
        {
            read = await ParseAsync(context.Request, acceptsJson);
            context.Features.Set(read);
        }

        return read;
    }

    private static async Task<TokenRequest> ParseAsync(HttpRequest request, bool acceptsJson)
    {
        if (request.HasFormContentType)
        {
            return FromForm(await request.ReadFormAsync());
        }

        return acceptsJson && request.HasJsonContentType() && await request.JsonObjectAsync() is { } json
            ? FromJson(json)
            : Refused("The body must be form-encoded.");
    }

    private static TokenRequest FromForm(IFormCollection form) =>
        form.Any(field => field.Value.Count > 1)
            ? Refused("A parameter was sent twice.") // RFC 6749 section 3.2
            : new TokenRequest(form.ToDictionary(field => field.Key, field => field.Value.ToString(), StringComparer.Ordinal), null);

    private static TokenRequest FromJson(JsonObject json) =>
        new(json.ToDictionary(field => field.Key, field => field.Value?.ToString() ?? "", StringComparer.Ordinal), null);

    private static TokenRequest Refused(string reason) =>
        new(new Dictionary<string, string>(StringComparer.Ordinal), OAuthError.InvalidRequest(reason));
}

/// <summary>Authenticates the client of a token request.</summary>
internal sealed class ClientCheck(AuthorizationServer server)
{
    /// <summary>Returns the client, or the error if authentication failed.</summary>
    public (RegisteredClient? Client, OAuthError? Error) Authenticate(HttpContext context, TokenRequest request)
    {
        var basic = FromBasic(context.Request);
        (string Id, string Secret)? body = request["client_secret"] is { } secret ? (request["client_id"] ?? "", secret) : null;
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
