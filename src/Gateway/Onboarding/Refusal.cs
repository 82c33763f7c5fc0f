namespace Gateway.Onboarding;

/// <summary>Why an owner's step did not succeed; a closed set, each with a page of its own.</summary>
public enum Refusal
{
    /// <summary>The link does not exist, was used, or has expired.</summary>
    LinkGone,

    /// <summary>The state was never issued, was presented before, or has expired.</summary>
    StateGone,

    /// <summary>The state belongs to another browser.</summary>
    OtherBrowser,

    /// <summary>The state belongs to another provider, or <c>iss</c> names another server than the one that was asked.</summary>
    MixedUp,

    /// <summary>A parameter is missing, repeated, or malformed.</summary>
    Malformed,

    /// <summary>The owner declined (<c>access_denied</c>, <c>success=false</c>).</summary>
    Declined,

    /// <summary>The provider is unavailable (<c>server_error</c>, <c>temporarily_unavailable</c>, no answer).</summary>
    ProviderAway,

    /// <summary>The provider refuses the gateway's client or request: the configuration has to be corrected.</summary>
    ProviderRefused,

    /// <summary>The provider refused the code.</summary>
    CodeRefused,

    /// <summary>The new credential did not pass <c>Verify</c>.</summary>
    NotVerified,

    /// <summary>Another account than the one that the connection belongs to was authorised.</summary>
    OtherAccount,

    /// <summary>The configuration or the connection changed meanwhile.</summary>
    Changed,

    /// <summary>The provider is not configured any more, or browsers have no address to come back to.</summary>
    ProviderGone,

    /// <summary>Too many starts from one network.</summary>
    TooMany,

    /// <summary>The store is unavailable.</summary>
    StoreAway,
}

/// <summary>
/// The one table from a refusal to its word, status and text. Texts are fixed: nothing of a request or of a provider's answer is shown.
/// </summary>
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
        Refusal.LinkGone => (
            "This link does not work",
            "It was used already, is more than a day old, or is not complete. If you saw a confirmation, all is well. "
            + "Otherwise ask the person who sent it for a new one."),
        Refusal.StateGone => (
            "This step is over",
            "It was done already, or it took longer than ten minutes. If you saw a confirmation, all is well. "
            + "Otherwise open the link that you were sent once more."),
        Refusal.OtherBrowser => (
            "This browser is not known",
            "Either you started in another one, or it does not keep cookies, without which an approval does not count. "
            + "Nothing was changed. Open the link that you were sent in this one, with cookies allowed."),
        Refusal.MixedUp => ("The answer came from elsewhere", "It does not belong to the provider that you were sent to. " + again),
        Refusal.Malformed => ("The answer makes no sense", "Your browser was sent here with something that cannot be read. " + again),
        Refusal.Declined => ("You did not approve", again),
        Refusal.ProviderAway => ("The provider cannot answer now", "Please wait a few minutes. " + again),
        Refusal.ProviderRefused => (
            "The provider refused the request",
            "You cannot correct this yourself: tell the person who sent you the link. Nothing was changed."),
        Refusal.CodeRefused => ("The approval was not accepted", "It may have taken too long. " + again),
        Refusal.NotVerified => ("The new access does not work", "The provider did not accept it when it was tried. " + again),
        Refusal.OtherAccount => ("Another account", "You approved for another account than the one that this link is for. " + again),
        Refusal.Changed => ("The settings have changed", "They changed while you were at the provider. " + again),
        Refusal.ProviderGone => (
            "This cannot be connected now",
            "The settings have changed since the link was made. You cannot correct this yourself: tell the person who sent you the link. "
            + "Nothing was changed."),
        Refusal.TooMany => ("Too many attempts", "Please wait a minute and try again."),
        _ => (
            "Not possible now",
            "The gateway cannot reach its store. Nothing was changed. Please wait a moment and load this page again."),
    };
}
