using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using System.Text.Json;
using System.Text;

namespace Gateway.Model;

/// <summary>
/// A string that must never be seen. Printing, formatting, debugging and JSON all give a mask or refuse; the one way to the
/// characters is <see cref="Reveal"/>, which is easy to find in a review.
/// </summary>
[DebuggerDisplay("***")]
[JsonConverter(typeof(SecretJsonConverter))]
public readonly struct Secret(string? value) : IEquatable<Secret>
{
    private readonly string? _value = value;

    /// <summary>True for the default value and for an empty string: both mean that there is no secret.</summary>
    public bool IsEmpty => string.IsNullOrEmpty(_value);

    /// <summary>The characters, for the wire and for encryption only.</summary>
    public string Reveal() => _value ?? "";

    public override string ToString() => IsEmpty ? "" : "***";

    // Fixed time, so that comparing a presented secret tells nothing about the kept one.
    public bool Equals(Secret other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Reveal()), Encoding.UTF8.GetBytes(other.Reveal()));

    public override bool Equals(object? obj) => obj is Secret other && Equals(other);

    public override int GetHashCode() => string.GetHashCode(Reveal(), StringComparison.Ordinal);

    public static bool operator ==(Secret left, Secret right) => left.Equals(right);

    public static bool operator !=(Secret left, Secret right) => !left.Equals(right);
}

/// <summary>Reads a secret from a request body and refuses to write one: no answer of the gateway ever contains a secret.</summary>
public sealed class SecretJsonConverter : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString());

    /// <exception cref="NotSupportedException">Always.</exception>
    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
        throw new NotSupportedException("A secret is never written as JSON.");
}
