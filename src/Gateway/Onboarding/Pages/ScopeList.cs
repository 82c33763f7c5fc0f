using Gateway.Model;

namespace Gateway.Onboarding.Pages;

/// <summary>Scopes or permissions in the provider's own words, the far-reaching ones first and under a heading that says so.</summary>
internal static class ScopeList
{
    public static Html Of(Provider provider, IEnumerable<string> scopes)
    {
        var groups = scopes.ToLookup(provider.IsElevated);
        return groups[true].Any()
            ? $"""
            <h3 class="mark">Can change data or reaches far</h3>
            {List(groups[true])}
            {Rest(groups[false])}
            """
            : List(groups[false]);
    }

    private static Html Rest(IEnumerable<string> scopes) => scopes.Any() ? $"<h3>Everything else</h3>{List(scopes)}" : Html.None;

    private static Html List(IEnumerable<string> scopes) => $"<ul class=\"scopes\">{Html.Join(scopes, static scope => $"<li><code>{scope}</code></li>")}</ul>";
}
