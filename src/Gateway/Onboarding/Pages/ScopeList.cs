using Gateway.Credentials;

namespace Gateway.Onboarding.Pages;

/// <summary>Scopes or permissions, the far-reaching ones marked in words, not by colour alone.</summary>
internal static class ScopeList
{
    public static Html Of(Provider provider, IEnumerable<string> scopes) => $"""
        <ul class="scopes">
        {Html.Join(scopes, scope => Item(provider, scope))}</ul>
        """;

    private static Html Item(Provider provider, string scope) => provider.IsElevated(scope)
        ? $"<li><code>{scope}</code> <strong class=\"mark\">can change data</strong></li>"
        : (Html)$"<li><code>{scope}</code></li>";
}
