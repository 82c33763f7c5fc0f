using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Gateway.Model;

/// <summary>How an owner is led through the consent of one provider, beyond what OAuth 2 says by itself.</summary>
public sealed class OnboardingRules
{
    /// <summary>Nothing beyond OAuth 2.</summary>
    public static OnboardingRules None { get; } = new();

    /// <summary>The provider's name on pages for owners; null: its name in the configuration.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The provider hands out keys instead of codes; null otherwise.</summary>
    public KeyOnboarding? Key { get; init; }

    /// <summary>
    /// Members of the token answer, or of the answer to <c>Verify</c>, that are kept as public fields, each with the pattern of its value
    /// (Bokio's <c>tenant_id</c>). Values in a link are the expected ones.
    /// </summary>
    public IReadOnlyDictionary<string, Regex> Keep { get; init; } = FrozenDictionary<string, Regex>.Empty;

    /// <summary>The one of <see cref="Keep"/> that identifies the account: another value than before is refused. Null for none.</summary>
    public string? Identity { get; init; }

    /// <summary>Scopes marked as far-reaching beside those whose name says so; see <see cref="ScopeRules"/>.</summary>
    public IReadOnlySet<string> ElevatedScopes { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The member of the answer to <c>Verify</c> that lists what was granted (Bookeo's <c>permissions</c>), or null.</summary>
    public string? ScopesMember { get; init; }

    /// <summary>Further origins that the provider's sign-in redirects the browser to; sources of the pages' CSP.</summary>
    public IReadOnlyList<string> SignInOrigins { get; init; } = [];

    /// <summary>The provider's own marketplace sends owners here; null when only links do.</summary>
    public MarketplaceEntry? Marketplace { get; init; }
}

/// <summary>How an owner authorises an account at a provider that hands out keys instead of codes (Bookeo).</summary>
/// <param name="AuthorizationUrl">Where the owner's browser goes; permissions and state are added to its query.</param>
/// <param name="Permissions">What is asked for; empty to ask for what the provider gives by itself.</param>
/// <param name="KeyParameter">The callback's query parameter that carries the key, and the connection's field that keeps it.</param>
public sealed record KeyOnboarding(Uri AuthorizationUrl, IReadOnlyList<string> Permissions, string KeyParameter);

/// <summary>
/// Owners who start at the provider's marketplace come without a link. The account that the provider names decides the connection, and has
/// to be the one that is authorised in the end.
/// </summary>
/// <param name="Parameters">Kept or public field, by the query parameter that brings it.</param>
/// <param name="Connection">The connection's name, over those fields.</param>
/// <param name="ReturnParameter">The query parameter with the address to go back to; null when there is none.</param>
/// <param name="ReturnOrigins">Where that address may lead: exact origins.</param>
public sealed record MarketplaceEntry(
    IReadOnlyDictionary<string, string> Parameters, TextTemplate Connection, string? ReturnParameter, IReadOnlyList<string> ReturnOrigins);

/// <summary>Where one connection's credential is proved.</summary>
public static class VerifyPaths
{
    /// <returns>Path and query; null when the provider has none, or when it wants a field that is not known of the connection.</returns>
    public static string? VerifyPathOf(this Provider provider, IReadOnlyDictionary<string, string> fields) =>
        provider.VerifyPath is { } path && path.FieldNames.All(fields.ContainsKey)
            ? path.Expand(name => Uri.EscapeDataString(fields[name]))
            : null;
}

/// <summary>How a provider without RFC 7009 forgets a connection: a DELETE with a credential of the application itself.</summary>
/// <param name="Provider">The provider whose <c>default</c> connection is used (Bokio's general API).</param>
/// <param name="Path">Path and query below that provider's origin, over the public fields of the connection.</param>
public sealed record Disconnection(string Provider, TextTemplate Path);
