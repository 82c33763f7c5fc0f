using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Reads a token endpoint's answer: strict about what is injected, lenient about the rest.</summary>
internal static class TokenAnswerReader
{
    private const double LongestSeconds = 10 * 365 * 86400.0;
    private const int LongestExtra = 256;

    // With two access_tokens in one answer it is unknown which one the provider means.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 32 };

    /// <returns>Null when the body of a 200 is not a usable token answer.</returns>
    public static TokenAnswer? ReadAnswer(ReadOnlyMemory<byte> body)
    {
        using var document = Parse(body);
        if (document is null || !TryReadAccessToken(document.RootElement, out var accessToken))
        {
            return null;
        }

        var root = document.RootElement;
        return new(new(accessToken), ReadLifetime(root), ToSecret(ReadString(root, "refresh_token")), ReadScopes(root))
        {
            Extras = ReadExtras(root),
        };
    }

    /// <returns>The member <c>error</c>; null when the body is not a JSON object or has none.</returns>
    public static string? ReadError(ReadOnlyMemory<byte> body)
    {
        using var document = Parse(body);
        return document is null ? null : ReadString(document.RootElement, "error");
    }

    /// <summary>
    /// Finds the refresh token of an answer that is not usable otherwise, so that a rotation is never thrown away. It ignores the rest of
    /// the object, an <c>error</c> too: a refresh token beside it was minted by this call, or it is the one that was presented.
    /// </summary>
    /// <param name="text">A JSON object, or the beginning of one.</param>
    /// <returns>Empty when there is none, or when there are two different ones.</returns>
    public static Secret FindRefreshToken(ReadOnlySpan<byte> text)
    {
        string? found = null;
        try
        {
            var reader = new Utf8JsonReader(text);
            while (reader.Read())
            {
                if (reader is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } && reader.ValueTextEquals("refresh_token"u8))
                {
                    reader.Read();
                    var value = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                    if (found is not null && value != found)
                    {
                        return default;
                    }

                    found = value;
                }
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON from here on, or half a surrogate pair. What was found before counts.
        }

        return ToSecret(found);
    }

    // Messages of the reader's exceptions quote the body: they end here. InvalidOperationException: half a surrogate pair in a name.
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

    // RFC 6750 section 2.1 says b64token, but providers mint tokens with '|' and '!' too. Visible ASCII without a space is what RFC 6749
    // appendix A.12 allows, and it can't break out of a header.
    private static bool IsSafeInHeader(string token) => token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('!', '~');

    // RFC 6749 section 7.1: a token whose type is not understood is not used.
    private static bool IsBearer(JsonElement root) =>
        !root.TryGetProperty("token_type", out var type)
        || type.ValueKind == JsonValueKind.Null
        || string.Equals(ReadString(root, "token_type"), "Bearer", StringComparison.OrdinalIgnoreCase);

    private static Secret ToSecret(string? refreshToken) => string.IsNullOrWhiteSpace(refreshToken) ? default : new(refreshToken);

    private static string? ReadString(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? OrNull(value.GetString) : null;

    // Null for half a surrogate pair, or invalid UTF-8, inside a text.
    private static string? OrNull(Func<string?> text)
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
        var names = root.EnumerateObject().Select(static member => OrNull(() => member.Name)).OfType<string>();
        foreach (var name in names.Where(static name => !name.EndsWith("token", StringComparison.OrdinalIgnoreCase)))
        {
            if (ReadString(root, name) is { Length: > 0 and <= LongestExtra } value)
            {
                extras[name] = value;
            }
        }

        return extras;
    }

    // A string (section 3.3), or, as some providers answer, an array of strings.
    private static string[]? ReadScopes(JsonElement root)
    {
        var text = !root.TryGetProperty("scope", out var scope) ? null
            : scope.ValueKind != JsonValueKind.Array ? ReadString(root, "scope")
            : scope.EnumerateArray().All(static item => item.ValueKind == JsonValueKind.String)
                ? OrNull(() => string.Join(' ', scope.EnumerateArray().Select(static item => item.GetString())))
                : null;
        return text?.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}

/// <summary>A token answer (RFC 6749 section 5.1) that passed all checks.</summary>
/// <param name="AccessToken">Visible ASCII without spaces: safe in a header.</param>
/// <param name="Lifetime">Zero or less: expired already. At most ten years. Null when the answer names none.</param>
/// <param name="RefreshToken">Empty when the answer has none: the old one stays.</param>
/// <param name="Scopes">Null when the answer names none: as requested.</param>
internal sealed record TokenAnswer(Secret AccessToken, TimeSpan? Lifetime, Secret RefreshToken, IReadOnlyList<string>? Scopes)
{
    /// <summary>Other short texts of the answer by name, such as a tenant; no member whose name ends in <c>token</c>.</summary>
    public IReadOnlyDictionary<string, string> Extras { get; init; } = FrozenDictionary<string, string>.Empty;
}

/// <summary>Why a token call brought no token.</summary>
/// <param name="Outcome">Permanent, transient or configuration.</param>
/// <param name="Reason">A word of <see cref="TokenFailureTable"/>'s closed set or <c>http_NNN</c>, never text of the provider.</param>
/// <param name="RetryAfter">What the answer asked for, at most an hour; null when it asked for nothing.</param>
internal sealed record TokenFailure(RefreshOutcome Outcome, string Reason, TimeSpan? RetryAfter = null)
{
    /// <summary>
    /// The refresh token of an answer that is not usable otherwise; empty when there was none. It replaces the stored one: the provider may
    /// have rotated, and then the presented one is spent.
    /// </summary>
    public Secret RefreshToken { get; init; }
}

/// <summary>The result of a token call: an answer or a failure.</summary>
internal readonly record struct TokenCall(TokenAnswer? Answer, TokenFailure? Failure)
{
    public static implicit operator TokenCall(TokenAnswer answer) => new(answer, null);

    public static implicit operator TokenCall(TokenFailure failure) => new(null, failure);

    public bool TryGet([NotNullWhen(true)] out TokenAnswer? answer, [NotNullWhen(false)] out TokenFailure? failure)
    {
        answer = Answer;
        failure = Failure;
        return answer is not null;
    }
}

/// <summary>The body of a token answer, as far as it arrived: a refresh token in that part is kept.</summary>
/// <param name="Text">JSON in UTF-8 (RFC 8259 section 8.1), without a byte order mark, whatever charset a label names.</param>
/// <param name="Cut">Why the rest is missing; null when the body is complete.</param>
internal sealed record AnswerBody(ReadOnlyMemory<byte> Text, TokenFailure? Cut)
{
    // Real answers stay below 20 KB even with an identity token.
    private const int MaxBytes = 256 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    public static async Task<AnswerBody> ReadAsync(HttpContent content, CancellationToken deadline)
    {
        using var body = new MemoryStream();
        var cut = await ReadAsync(content, body, deadline);
        var text = body.GetBuffer().AsMemory(0, (int)body.Length);
        return new(text.Span.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text, cut);
    }

    private static async Task<TokenFailure?> ReadAsync(HttpContent content, MemoryStream body, CancellationToken deadline)
    {
        try
        {
            await using var stream = await content.ReadAsStreamAsync(deadline);
            var chunk = new byte[4096];
            while (await stream.ReadAsync(chunk, deadline) is > 0 and var read)
            {
                body.Write(chunk, 0, read);
                if (body.Length >= MaxBytes)
                {
                    // The rest is not read: disposing the response closes the connection.
                    return TokenFailureTable.Oversized;
                }
            }

            return null;
        }
        catch (OperationCanceledException)
        {
            return TokenFailureTable.Timeout;
        }
        catch (InvalidDataException)
        {
            return TokenFailureTable.Malformed;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            return TokenFailureTable.Broken;
        }
    }
}
