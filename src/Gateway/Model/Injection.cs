namespace Gateway.Model;

/// <summary>
/// What a provider wants to see: headers and, where nothing better exists, query parameters, each a template over the
/// connection's fields, the provider's secrets and <c>{access_token}</c>.
/// </summary>
public sealed class Injection
{
    /// <summary>The field that stands for the current token of an OAuth 2 connection.</summary>
    public const string AccessToken = "access_token";

    /// <summary>What an OAuth 2 provider gets when nothing else is configured (RFC 6750 section 2.1).</summary>
    public static Injection Bearer { get; } = new([new("Authorization", Parse("Bearer {" + AccessToken + "}"))], []);

    public Injection(
        IReadOnlyList<KeyValuePair<string, TextTemplate>> headers,
        IReadOnlyList<KeyValuePair<string, TextTemplate>> query)
    {
        Headers = headers;
        Query = query;
        FieldNames = [.. headers.Concat(query).SelectMany(static pair => pair.Value.FieldNames).Distinct(StringComparer.Ordinal)];
    }

    public IReadOnlyList<KeyValuePair<string, TextTemplate>> Headers { get; }

    public IReadOnlyList<KeyValuePair<string, TextTemplate>> Query { get; }

    /// <summary>Every field that a template uses, each once.</summary>
    public IReadOnlyList<string> FieldNames { get; }

    private static TextTemplate Parse(string text) =>
        TextTemplate.TryParse(text, out var template) ? template : throw new ArgumentException("Not a template.", nameof(text));
}
