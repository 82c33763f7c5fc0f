namespace Gateway.Model;

/// <summary>Where one connection's credential is proved.</summary>
public static class VerifyPaths
{
    /// <returns>Path and query; null when the provider has none, or when it wants a field that is not known of the connection.</returns>
    public static string? VerifyPathOf(this Provider provider, IReadOnlyDictionary<string, string> fields) =>
        provider.VerifyPath is { } path && path.FieldNames.All(fields.ContainsKey)
            ? path.Expand(name => Uri.EscapeDataString(fields[name]))
            : null;
}
