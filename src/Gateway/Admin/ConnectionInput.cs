using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Serialization;

using Gateway.Model;
using Gateway.Observability;

namespace Gateway.Admin;

/// <summary>The body of a PUT: the secrets of a connection. <see cref="ConnectionDraft"/> says which members a provider takes.</summary>
[Description("The fields alone (integration token, API token, key pair), or a refresh token with what is known of its access token.")]
internal sealed class ConnectionInput
{
    [Description("The grant of an authorization-code connection.")]
    public Secret? RefreshToken { get; init; }

    [Description("The token in force; without it the gateway mints one.")]
    public Secret? AccessToken { get; init; }

    [Description("Seconds from now until accessToken expires; 0 or less: expired already. The provider's DefaultLifetime when absent.")]
    public double? ExpiresIn { get; init; }

    [Description("The granted scopes: one string with spaces between them, or an array.")]
    [JsonConverter(typeof(ScopeJsonConverter))]
    public IReadOnlyList<string>? Scope { get; init; }

    [Description("The fields that the provider declares, by name; GET /providers lists them.")]
    public Dictionary<string, Secret>? Fields { get; init; }

    /// <summary>A copy without the white space, quotes and schemes that pasting adds.</summary>
    public ConnectionInput Cleaned() => new()
    {
        RefreshToken = RefreshToken is { } refreshToken ? PastedSecret.Clean(refreshToken) : null,
        AccessToken = AccessToken is { } accessToken ? PastedSecret.Clean(accessToken) : null,
        ExpiresIn = ExpiresIn,
        Scope = Scope,
        Fields = Fields?.ToDictionary(static field => field.Key, static field => PastedSecret.Clean(field.Value), StringComparer.Ordinal),
    };
}

/// <summary>Reads scopes as one string with spaces (RFC 6749 section 3.3) or as an array. Repeated scopes count once.</summary>
internal sealed class ScopeJsonConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var texts = new List<string?>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            texts.Add(reader.GetString());
        }
        else
        {
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                texts.Add(reader.GetString());
            }
        }

        var scopes = texts.SelectMany(static text => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return [.. scopes.Distinct(StringComparer.Ordinal)];
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options) =>
        throw new NotSupportedException("The converter reads request bodies only.");
}

/// <summary>
/// Cleans a key that was pasted from an e-mail or a settings page, often with white space, quotes or the scheme <c>Bearer</c> around it.
/// The provider's template adds the scheme; with a second one the third party answers 401.
/// </summary>
internal static class PastedSecret
{
    private const string Scheme = "Bearer ";

    private static readonly char[] Quotes = ['"', '\'', '`', '\u201C', '\u201D', '\u2018', '\u2019'];

    public static Secret Clean(Secret pasted)
    {
        var text = Unwrap(pasted.Reveal());
        return new Secret(text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? Unwrap(text[Scheme.Length..]) : text);
    }

    // Removes one pair of quotes. A single quote stays, since it may belong to the key.
    private static string Unwrap(string text)
    {
        text = text.Trim();
        return text.Length > 1 && Quotes.Contains(text[0]) && Quotes.Contains(text[^1]) ? text[1..^1].Trim() : text;
    }
}

/// <summary>Reads the body of a PUT. The body contains secrets: a refusal describes the expected shape and quotes nothing.</summary>
internal static class ConnectionInputReader
{
    /// <summary>In bytes. A connection's secrets take a few hundred.</summary>
    public const int MaxLength = 64 * 1024;

    private const string Shape =
        "The body must be one JSON object with no other members than fields, refreshToken, accessToken, expiresIn and scope, each at most "
        + "once: strings, expiresIn a number, scope a string or an array of strings, fields an object of strings.";

    public static async Task<(ConnectionInput? Input, ProblemResult? Problem)> ReadAsync(
        HttpRequest request, CancellationToken cancellationToken)
    {
        var body = new byte[MaxLength + 1];
        var length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellationToken);
        if (length > MaxLength)
        {
            return (null, AdminProblem.TooLarge(MaxLength));
        }

        try
        {
            var input = JsonSerializer.Deserialize(body.AsSpan(0, length), AdminJson.Default.ConnectionInput);
            return (input, input is null ? AdminProblem.BadRequest(Shape) : null);
        }
        catch (JsonException)
        {
            return (null, AdminProblem.BadRequest(Shape));
        }
    }
}
