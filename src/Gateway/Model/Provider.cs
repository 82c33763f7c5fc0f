using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Gateway.Model;

/// <summary>A third-party API and how it authenticates: a block of the configuration, validated and ready to use. Immutable.</summary>
public sealed class Provider
{
    /// <summary>RFC 9110 section 9.1 methods that a third party may be asked with when the configuration says nothing.</summary>
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

    /// <summary>
    /// Path and query, below the origin, of a cheap GET that proves a credential, over the connection's public fields; null when none is
    /// configured.
    /// </summary>
    public TextTemplate? VerifyPath { get; init; }

    /// <summary>How an owner is led through the provider's consent.</summary>
    public OnboardingRules Onboarding { get; init; } = OnboardingRules.None;

    /// <summary>How the provider is told that a connection was removed, where it has no RFC 7009; null for not at all.</summary>
    public Disconnection? Disconnection { get; init; }

    public FrozenSet<string> Methods { get; init; } = DefaultMethods;

    /// <summary>Let WebSocket and other upgrades through, with the credential. Default false.</summary>
    public bool Upgrades { get; init; }

    /// <summary>Send trace context and baggage to the third party. Default false.</summary>
    public bool PropagateTrace { get; init; }

    /// <summary>The fields that a connection must bring as secrets: what the templates want and nobody else supplies.</summary>
    public IEnumerable<string> SecretFields =>
        Injection.FieldNames.Where(name => name != Injection.AccessToken && !Secrets.ContainsKey(name) && !Fields.ContainsKey(name));

    public override string ToString() => Name;
}
