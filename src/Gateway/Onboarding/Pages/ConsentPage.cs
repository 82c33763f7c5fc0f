using Gateway.Model;
using Gateway.Onboarding.Consent;
using Gateway.Onboarding.Links;

namespace Gateway.Onboarding.Pages;

/// <summary>What is about to be allowed, and one button.</summary>
internal static class ConsentPage
{
    /// <param name="provider">The provider in force.</param>
    /// <param name="link">What the operator decided.</param>
    /// <param name="fields">What is asked.</param>
    /// <param name="form">What was entered before and where it was wrong; null the first time.</param>
    /// <param name="view">Name, address of the form, what happened before, and where the form leads.</param>
    public static PageResult Of(
        Provider provider, ConnectLink link, ConsentFields fields, (IFormCollection Entered, IReadOnlyList<string> Wrong)? form, ConsentView view)
    {
        var scopes = link.Scopes ?? provider.WantedScopes();
        var status = form is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        return new(status, $"Connect {provider.Title()}", $"""
            {Notice(view.Notice)}
            <p><strong>{view.Asker}</strong> asks for access to an account at <strong>{provider.Title()}</strong>. It will be kept as the connection
            <strong>{link.Name}</strong>{Known(fields)}.</p>
            {Scopes(provider, scopes)}
            <form method="post" action="{view.Action}">
            {Html.Join(fields.Asked, name => FieldInput.Of(provider, name, form))}<p><button type="submit">Continue to {provider.Title()}</button></p>
            </form>
            <p class="hint">You will sign in and approve there; your password is never seen here. This page works until
            {link.ExpiresAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm")} UTC, for one connection.</p>
            """)
        {
            FormTargets = FormTargets.Of(provider, fields.Known, view.Discovered),
        };
    }

    private static Html Notice(Refusal? notice) => notice is { } refusal
        ? $"<div class=\"notice\" role=\"status\"><p><strong>{refusal.DescribeOnLinkPage().Title}.</strong> {refusal.DescribeOnLinkPage().Text}</p></div>"
        : Html.None;

    private static Html Known(ConsentFields fields) => fields.Known.Count == 0
        ? Html.None
        : (Html)$" ({string.Join(", ", fields.Known.Select(static field => $"{field.Key}: {field.Value}"))})";

    private static Html Scopes(Provider provider, IReadOnlyList<string> scopes) => scopes.Count == 0
        ? $"<h2>What will be allowed</h2><p>Whatever {provider.Title()} grants by itself; it will say so before you approve.</p>"
        : (Html)$"<h2>What will be allowed</h2>{ScopeList.Of(provider, scopes)}";
}
