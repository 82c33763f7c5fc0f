namespace Gateway.Onboarding;

/// <summary>The one table from a refusal to its word, status and text. Nothing of a request or of a provider's answer gets in.</summary>
internal static class RefusalExtensions
{
    private const string ByLink = "Nothing was changed. Open the link that you were sent once more to try again.";
    private const string ByButton = "Nothing was changed. You can try again below.";

    /// <summary>The word in the address of the page and in the audit trail.</summary>
    public static string ToWord(this Refusal refusal) => refusal switch
    {
        Refusal.LinkGone => "link-gone",
        Refusal.StateGone => "already-used",
        Refusal.OtherBrowser => "other-browser",
        Refusal.MixedUp => "mixed-up",
        Refusal.Malformed => "malformed",
        Refusal.Declined => "declined",
        Refusal.ProviderAway => "provider-away",
        Refusal.ProviderRefused => "provider-refused",
        Refusal.CodeRefused => "code-refused",
        Refusal.NotVerified => "not-verified",
        Refusal.OtherAccount => "other-account",
        Refusal.Changed => "changed",
        Refusal.ProviderGone => "provider-gone",
        Refusal.TooMany => "too-many",
        _ => "store-away",
    };

    /// <returns>Null when no refusal has that word.</returns>
    public static Refusal? Parse(string? word) =>
        Enum.GetValues<Refusal>().Select(static refusal => (Refusal?)refusal).FirstOrDefault(refusal => refusal!.Value.ToWord() == word);

    public static int Status(this Refusal refusal) => refusal switch
    {
        Refusal.LinkGone or Refusal.ProviderGone => StatusCodes.Status404NotFound,
        Refusal.Declined => StatusCodes.Status200OK,
        Refusal.OtherBrowser or Refusal.MixedUp or Refusal.OtherAccount => StatusCodes.Status403Forbidden,
        Refusal.ProviderAway or Refusal.ProviderRefused or Refusal.CodeRefused or Refusal.NotVerified => StatusCodes.Status502BadGateway,
        Refusal.Changed => StatusCodes.Status409Conflict,
        Refusal.TooMany => StatusCodes.Status429TooManyRequests,
        Refusal.StoreAway => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status400BadRequest,
    };

    /// <summary>For a page of its own.</summary>
    public static (string Title, string Text) Describe(this Refusal refusal) => Describe(refusal, ByLink);

    /// <summary>For the top of the link's page, which has the button.</summary>
    public static (string Title, string Text) DescribeOnLinkPage(this Refusal refusal) => Describe(refusal, ByButton);

    private static (string Title, string Text) Describe(Refusal refusal, string again) => refusal switch
    {
        Refusal.LinkGone => ("This link does not work", "It was used already, is more than a day old, or is not complete. If you saw a confirmation, all is well. Otherwise ask whoever sent it for a new one."),
        Refusal.StateGone => ("This step is over", "It was done already, or it took longer than ten minutes. If you saw a confirmation, all is well. Otherwise open the link that you were sent once more."),
        Refusal.OtherBrowser => ("This browser is not known", "Either you started in another one, or it does not keep cookies, without which an approval does not count. Nothing was changed. Open the link that you were sent in this one, with cookies allowed."),
        Refusal.MixedUp => ("The answer came from elsewhere", "It does not belong to the provider that you were sent to. " + again),
        Refusal.Malformed => ("The answer makes no sense", "Your browser was sent here with something that cannot be read. " + again),
        Refusal.Declined => ("You did not approve", again),
        Refusal.ProviderAway => ("The provider cannot answer now", "Please wait a few minutes. " + again),
        Refusal.ProviderRefused => ("The provider refused the request", "This is nothing that you can mend: tell whoever sent you the link. Nothing was changed."),
        Refusal.CodeRefused => ("The approval was not accepted", "It may have taken too long. " + again),
        Refusal.NotVerified => ("The new access does not work", "The provider did not accept it when it was tried. " + again),
        Refusal.OtherAccount => ("Another account", "You approved for another account than the one that this link is for. " + again),
        Refusal.Changed => ("The settings have changed", "They changed while you were at the provider. " + again),
        Refusal.ProviderGone => ("This cannot be connected now", "The settings have changed since the link was made. This is nothing that you can mend: tell whoever sent you the link. Nothing was changed."),
        Refusal.TooMany => ("Too many attempts", "Please wait a minute and try again."),
        _ => ("Not possible now", "The gateway cannot reach its store. Nothing was changed. Please wait a moment and load this page again."),
    };
}
