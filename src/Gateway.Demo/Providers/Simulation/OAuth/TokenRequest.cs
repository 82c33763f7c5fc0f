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

    private static TokenRequest Refused(string why) => new(new Dictionary<string, string>(StringComparer.Ordinal), OAuthError.InvalidRequest(why));
}
