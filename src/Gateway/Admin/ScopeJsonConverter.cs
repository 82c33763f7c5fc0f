using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Admin;

/// <summary>Reads scopes as token endpoints write them (RFC 6749 section 3.3: one string, spaces between) or as an array.</summary>
internal sealed class ScopeJsonConverter : JsonConverter<IReadOnlyList<string>>
{
    public override IReadOnlyList<string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var scopes = new List<string>();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            Add(reader.GetString(), scopes);
            return scopes;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Add(reader.GetString(), scopes);
        }

        return scopes;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Bodies of requests are read only.");

    private static void Add(string? text, List<string> scopes)
    {
        foreach (var scope in (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!scopes.Contains(scope, StringComparer.Ordinal))
            {
                scopes.Add(scope);
            }
        }
    }
}
