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
    /// Members of the token answer, or of the answer to <c>Verify</c>, that are kept with the connection as public fields, each with the
    /// pattern its value must match (Bokio's <c>tenant_id</c>). A link may bring them too, and then they are what is expected.
    /// </summary>
    public IReadOnlyDictionary<string, Regex> Keep { get; init; } = FrozenDictionary<string, Regex>.Empty;

    /// <summary>The one of <see cref="Keep"/> that tells accounts apart: another value than before is another account, and refused. Null for none.</summary>
    public string? Identity { get; init; }

    /// <summary>Scopes marked as far-reaching beside those whose name says so; see <see cref="ScopeRules"/>.</summary>
    public IReadOnlySet<string> ElevatedScopes { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The member of the answer to <c>Verify</c> that lists what was granted (Bookeo's <c>permissions</c>); null when there is none.</summary>
    public string? ScopesMember { get; init; }

    /// <summary>Further origins that the provider's sign-in sends the browser through before its owner has done anything; CSP sources.</summary>
    public IReadOnlyList<string> SignInOrigins { get; init; } = [];

    /// <summary>The provider's own marketplace sends owners here; null when only links do.</summary>
    public MarketplaceEntry? Marketplace { get; init; }
}
