using Gateway.Model;

namespace Gateway.Proxy;

/// <summary>Whether a connection was granted what a route demands.</summary>
internal static class ScopeRule
{
    /// <param name="scope">Null for none.</param>
    /// <param name="credential">The connection's credential.</param>
    /// <param name="provider">RFC 6749 section 5.1: a provider that names no scope has granted what was asked for.</param>
    public static bool IsGranted(string? scope, Credential credential, Provider provider)
    {
        if (scope is null)
        {
            return true;
        }

        var granted = credential.Scopes.Count > 0 ? credential.Scopes : provider.OAuth?.Scopes ?? [];
        return granted.Contains(scope, StringComparer.Ordinal);
    }
}
