using Gateway.Model;
using Gateway.Onboarding.Consent;

namespace Gateway.Onboarding.Pages;

/// <summary>It worked: what was granted, and what was not. Or it will have, once the store is back.</summary>
internal static class DonePage
{
    public static PageResult Of(Provider provider, ConnectionSummary summary, bool isSaved) => isSaved ? Saved(provider, summary) : Unsaved(provider, summary);

    private static PageResult Saved(Provider provider, ConnectionSummary summary) => new(StatusCodes.Status200OK, $"{provider.Title()} is connected", $"""
        <p>The connection <strong>{summary.Name}</strong> is ready. You may close this page.</p>
        {Granted(provider, summary)}
        {Missing(provider, summary)}
        {Ends(provider, summary)}
        {Back(summary)}
        """)
    {
        Tone = "done",
    };

    private static PageResult Unsaved(Provider provider, ConnectionSummary summary) => new(StatusCodes.Status202Accepted, $"{provider.Title()} is almost connected", $"""
        <p>Your approval arrived. It cannot be saved at this moment, so the connection <strong>{summary.Name}</strong> does not have it yet:
        that happens by itself, as a rule within minutes. You need not approve again and may close this page.</p>
        {Granted(provider, summary)}
        {ProblemPage.Again("Look again")}
        """);

    private static Html Granted(Provider provider, ConnectionSummary summary) => summary.Granted.Count == 0
        ? Html.None
        : (Html)$"<h2>What you allowed</h2>{ScopeList.Of(provider, summary.Granted)}";

    private static Html Missing(Provider provider, ConnectionSummary summary) => summary.Missing.Count == 0
        ? Html.None
        : (Html)$"<h2>What was asked for and not granted</h2>{ScopeList.Of(provider, summary.Missing)}<p>Calls that need it will be refused until somebody connects again and allows it.</p>";

    private static Html Ends(Provider provider, ConnectionSummary summary) => summary.EndsAt is { } end
        ? $"<p class=\"notice\">{provider.Title()} gave nothing to renew this access with: it ends on {end.UtcDateTime.ToString("yyyy-MM-dd HH:mm")} UTC.</p>"
        : Html.None;

    private static Html Back(ConnectionSummary summary) => summary.ReturnTo is { } target
        ? $"<p><a class=\"button\" href=\"{target}\" rel=\"noreferrer\">Continue</a></p>"
        : Html.None;
}
