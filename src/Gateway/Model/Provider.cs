using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Gateway.Model;

/// <summary>A third-party API and how it authenticates: a block of the configuration, validated and ready to use. Immutable.</summary>
public sealed class Provider
{
    /// <summary>The methods that are forwarded when the configuration names none (RFC 9110 section 9.1).</summary>
    public static readonly FrozenSet<string> DefaultMethods =
        FrozenSet.Create(StringComparer.Ordinal, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

    public required string Name { get; init; }

    public required ProviderKind Kind { get; init; }

    /// <summary>The only place this provider's credentials may be sent: scheme, host, port and base path.</summary>
    public required UriTemplate Origin { get; init; }

    /// <summary>Null for <see cref="ProviderKind.Secret"/>.</summary>
    public OAuthClient? OAuth { get; init; }

    public required Injection Injection { get; init; }

    /// <summary>The connection's fields that are not secret, each with the pattern its value must match.</summary>
    public IReadOnlyDictionary<string, Regex> Fields { get; init; } = FrozenDictionary<string, Regex>.Empty;

    /// <summary>Patterns of fields that are secret: declared, and used by <see cref="Injection"/> alone.</summary>
    public IReadOnlyDictionary<string, Regex> SecretPatterns { get; init; } = FrozenDictionary<string, Regex>.Empty;

    /// <summary>Secrets of the application, the same for every connection (Bookeo's <c>secretKey</c>).</summary>
    public IReadOnlyDictionary<string, Secret> Secrets { get; init; } = FrozenDictionary<string, Secret>.Empty;

    /// <summary>Path and query, below the origin, of a cheap GET that proves a credential, over the public fields; null for none.</summary>
    public TextTemplate? VerifyPath { get; init; }

    /// <summary>How an owner is led through the provider's consent.</summary>
    public OnboardingRules Onboarding { get; init; } = OnboardingRules.None;

    /// <summary>How a removed connection is revoked at a provider without RFC 7009; null for not at all.</summary>
    public Disconnection? Disconnection { get; init; }

    public FrozenSet<string> Methods { get; init; } = DefaultMethods;

    /// <summary>Let WebSocket and other upgrades through, with the credential. Default false.</summary>
    public bool Upgrades { get; init; }

    /// <summary>Send trace context and baggage to the third party. Default false.</summary>
    public bool PropagateTrace { get; init; }

    /// <summary>The secret fields that a connection must bring: those that the templates use and no other source supplies.</summary>
    public IEnumerable<string> SecretFields =>
        Injection.FieldNames.Where(name => name != Injection.AccessToken && !Secrets.ContainsKey(name) && !Fields.ContainsKey(name));

    public override string ToString() => Name;
}

/// <summary>How a provider lets a caller in.</summary>
public enum ProviderKind
{
    /// <summary>A token endpoint turns a grant into tokens (RFC 6749).</summary>
    OAuth2,

    /// <summary>An integration token, API token or key pair goes on the wire as it is: nothing to refresh.</summary>
    Secret,
}

/// <summary>The providers of the configuration in force.</summary>
public sealed class ProviderCatalog
{
    // Replaced as a whole by the configuration reload; a request sees either the old configuration or the new one.
    private volatile FrozenDictionary<string, Provider> _providers = FrozenDictionary<string, Provider>.Empty;

    public IReadOnlyCollection<Provider> All => _providers.Values;

    public Provider? Find(string name) => _providers.GetValueOrDefault(name);

    public void Replace(IEnumerable<Provider> providers) =>
        _providers = providers.ToFrozenDictionary(static provider => provider.Name, StringComparer.OrdinalIgnoreCase);
}

/// <summary>Headers and query parameters to inject: templates over the connection's fields, the provider's secrets and the token.</summary>
public sealed class Injection
{
    /// <summary>The field that stands for the current token of an OAuth 2 connection.</summary>
    public const string AccessToken = "access_token";

    /// <summary>What an OAuth 2 provider gets when nothing else is configured (RFC 6750 section 2.1).</summary>
    public static Injection Bearer { get; } = new([new("Authorization", Parse("Bearer {" + AccessToken + "}"))], []);

    public Injection(IReadOnlyList<KeyValuePair<string, TextTemplate>> headers, IReadOnlyList<KeyValuePair<string, TextTemplate>> query)
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
