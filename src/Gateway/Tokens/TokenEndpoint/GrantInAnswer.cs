using System.Text.Json;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>
/// Finds the grant in an answer that can't be used otherwise: its provider may have rotated, and would take the old one for stolen. So
/// whatever else the object says is passed over, an <c>error</c> too: a refresh token beside it was minted by this very call, or it is the one
/// that was presented.
/// </summary>
internal static class GrantInAnswer
{
    /// <param name="text">A JSON object, or the beginning of one.</param>
    /// <returns>Empty when there is none, and when there are two.</returns>
    public static Secret Find(ReadOnlySpan<byte> text)
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
            // Not JSON, or not from here on; or half a surrogate pair. What came before stands.
        }

        return string.IsNullOrWhiteSpace(found) ? default : new(found);
    }
}
