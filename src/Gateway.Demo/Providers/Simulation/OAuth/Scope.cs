namespace Gateway.Demo.Providers;

/// <summary>Sets of scopes and their space-separated form (RFC 6749 section 3.3).</summary>
internal static class Scope
{
    public static IReadOnlySet<string> Parse(string? text) =>
        (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).ToHashSet(StringComparer.Ordinal);

    public static string Format(IReadOnlySet<string> scopes) => string.Join(' ', scopes.Order(StringComparer.Ordinal));

    public static IReadOnlySet<string> Of(params string[] scopes) => scopes.ToHashSet(StringComparer.Ordinal);
}
