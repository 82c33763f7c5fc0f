using System.Globalization;
using System.Text.Json;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Reads what a token endpoint says: strict about what is injected, lenient about what is merely odd.</summary>
internal static class TokenAnswerReader
{
    private const double LongestSeconds = 10 * 365 * 86400.0;

    private const int LongestExtra = 256;

    // Two access_tokens in one answer: there is no telling which one the provider means.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <returns>Null when the body of a 200 is no token answer.</returns>
    public static TokenAnswer? ReadAnswer(ReadOnlyMemory<byte> body)
    {
        using var document = Parse(body);
        if (document is null || !TryReadAccessToken(document.RootElement, out var accessToken))
        {
            return null;
        }

        var root = document.RootElement;
        return new(new(accessToken), ReadLifetime(root), ReadGrant(root), ReadScopes(root)) { Extras = ReadExtras(root) };
    }

    /// <returns>The word of an error answer; null when the body is no JSON object or has none.</returns>
    public static string? ReadError(ReadOnlyMemory<byte> body)
    {
        using var document = Parse(body);
        return document is null ? null : ReadString(document.RootElement, "error");
    }

    // Exceptions of the reader end here, because their messages quote the body. InvalidOperationException: half a surrogate pair in a
    // member's name, which the comparison of names meets.
    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            var document = JsonDocument.Parse(body, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static bool TryReadAccessToken(JsonElement root, out string accessToken)
    {
        accessToken = ReadString(root, "access_token") ?? "";
        return IsSafeInHeader(accessToken) && !IsError(root) && IsBearer(root);
    }

    private static bool IsError(JsonElement root) => root.TryGetProperty("error", out var error) && error.ValueKind != JsonValueKind.Null;

    // RFC 6750 section 2.1 says b64token, but providers mint tokens with '|' and '!' too. Visible ASCII without a space is
    // what RFC 6749 appendix A.12 allows and what can't break out of a header.
    private static bool IsSafeInHeader(string token) => token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('!', '~');

    // RFC 6749 section 7.1: a token whose type is not understood is not used.
    private static bool IsBearer(JsonElement root) =>
        !root.TryGetProperty("token_type", out var type)
        || type.ValueKind == JsonValueKind.Null
        || string.Equals(ReadString(root, "token_type"), "Bearer", StringComparison.OrdinalIgnoreCase);

    // Spaces are no grant: the old one stays.
    private static Secret ReadGrant(JsonElement root) =>
        ReadString(root, "refresh_token") is { } grant && !string.IsNullOrWhiteSpace(grant) ? new(grant) : default;

    private static string? ReadString(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? Readable(value.GetString) : null;

    // Null for half a surrogate pair, or invalid UTF-8, inside a text.
    private static string? Readable(Func<string?> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    // Seconds (section 5.1, only recommended). Seen: numbers, floats, strings, null, zero, negative, absurd.
    private static TimeSpan? ReadLifetime(JsonElement root)
    {
        if (!root.TryGetProperty("expires_in", out var value))
        {
            return null;
        }

        double seconds = 0;
        var known = value.ValueKind switch
        {
            JsonValueKind.Number => value.TryGetDouble(out seconds),
            JsonValueKind.String =>
                double.TryParse(ReadString(root, "expires_in"), NumberStyles.Float, CultureInfo.InvariantCulture, out seconds),
            _ => false,
        };
        return known && !double.IsNaN(seconds) ? TimeSpan.FromSeconds(Math.Clamp(seconds, -1, LongestSeconds)) : null;
    }

    private static Dictionary<string, string> ReadExtras(JsonElement root)
    {
        var extras = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = root.EnumerateObject().Select(static member => Readable(() => member.Name)).OfType<string>();
        foreach (var name in names.Where(static name => !name.EndsWith("token", StringComparison.OrdinalIgnoreCase)))
        {
            if (ReadString(root, name) is { Length: > 0 and <= LongestExtra } value)
            {
                extras[name] = value;
            }
        }

        return extras;
    }

    // Seen besides the string of section 3.3: an array of them.
    private static string[]? ReadScopes(JsonElement root) =>
        (ReadString(root, "scope") ?? ReadStrings(root, "scope"))?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static string? ReadStrings(JsonElement root, string name)
    {
        try
        {
            return root.TryGetProperty(name, out var values)
                && values.ValueKind == JsonValueKind.Array
                && values.EnumerateArray().All(static value => value.ValueKind == JsonValueKind.String)
                ? string.Join(' ', values.EnumerateArray().Select(static value => value.GetString()))
                : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
