using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Model;

/// <summary>Reads a secret from a request body and refuses to write one: no answer of the gateway ever contains a secret.</summary>
public sealed class SecretJsonConverter : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString());

    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
        throw new NotSupportedException("A secret is never written as JSON.");
}
