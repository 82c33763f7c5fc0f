using System.Collections.Frozen;

namespace Gateway.Model;

/// <summary>What a provider is asked for, how far it reaches, and what of it a connection got.</summary>
public static class ScopeRules
{
    // The words that providers use for more than reading, as parts of a scope: invoices:write, contact_edit, customers_rwd_all.
    private static readonly FrozenSet<string> Words = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "write", "edit", "delete", "rw", "rwd", "create", "update", "manage", "admin", "full", "all");

    private static readonly char[] Separators = [':', '_', '.', '-', '/'];

    /// <summary>The scopes or permissions of the configuration.</summary>
    public static IReadOnlyList<string> WantedScopes(this Provider provider) =>
        provider.OAuth?.Scopes ?? provider.Onboarding.Key?.Permissions ?? [];

    /// <summary>True for what can change data or reaches far.</summary>
    public static bool IsElevated(this Provider provider, string scope) =>
        provider.Onboarding.ElevatedScopes.Contains(scope) || scope.Split(Separators).Any(Words.Contains);

    /// <summary>What was wanted and not granted; empty when the provider did not say what it granted.</summary>
    public static IReadOnlyList<string> Missing(IReadOnlyList<string> wanted, IReadOnlyList<string> granted) =>
        granted.Count == 0 ? [] : [.. wanted.Except(granted, StringComparer.Ordinal)];
}
