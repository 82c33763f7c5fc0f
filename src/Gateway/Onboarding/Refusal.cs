namespace Gateway.Onboarding;

/// <summary>
/// Why an owner's step did not succeed: a closed set, each with a page of its own. Texts are fixed: nothing of a request or of a provider's
/// answer is shown.
/// </summary>
/// <param name="Word">In the address of the page and in the audit trail.</param>
/// <param name="Status">Of the page.</param>
/// <param name="Title">Heading of the page.</param>
/// <param name="Template">The text, where <c>{again}</c> stands for how to try again.</param>
public sealed record Refusal(string Word, int Status, string Title, string Template)
{
    // The link does not exist, was used, or has expired.
    public static readonly Refusal LinkGone = new("link-gone", 404, "This link does not work",
        "It was used already, is more than a day old, or is not complete. If you saw a confirmation, all is well. "
        + "Otherwise ask the person who sent it for a new one.");

    // The state was never issued, was presented before, or has expired.
    public static readonly Refusal StateGone = new("already-used", 400, "This step is over",
        "It was done already, or it took longer than ten minutes. If you saw a confirmation, all is well. "
        + "Otherwise open the link that you were sent once more.");

    public static readonly Refusal OtherBrowser = new("other-browser", 403, "This browser is not known",
        "Either you started in another one, or it does not keep cookies, without which an approval does not count. "
        + "Nothing was changed. Open the link that you were sent in this one, with cookies allowed.");

    // The state belongs to another provider, or iss names another server than the one that was asked.
    public static readonly Refusal MixedUp = new("mixed-up", 403, "The answer came from elsewhere",
        "It does not belong to the provider that you were sent to. {again}");

    public static readonly Refusal Malformed = new("malformed", 400, "The answer makes no sense",
        "Your browser was sent here with something that cannot be read. {again}");

    public static readonly Refusal Declined = new("declined", 200, "You did not approve", "{again}");

    public static readonly Refusal ProviderAway = new("provider-away", 502, "The provider cannot answer now",
        "Please wait a few minutes. {again}");

    // The provider refuses the gateway's client or request: the configuration has to be corrected.
    public static readonly Refusal ProviderRefused = new("provider-refused", 502, "The provider refused the request",
        "You cannot correct this yourself: tell the person who sent you the link. Nothing was changed.");

    public static readonly Refusal CodeRefused = new("code-refused", 502, "The approval was not accepted",
        "It may have taken too long. {again}");

    public static readonly Refusal NotVerified = new("not-verified", 502, "The new access does not work",
        "The provider did not accept it when it was tried. {again}");

    public static readonly Refusal OtherAccount = new("other-account", 403, "Another account",
        "You approved for another account than the one that this link is for. {again}");

    // The configuration or the connection.
    public static readonly Refusal Changed = new("changed", 409, "The settings have changed",
        "They changed while you were at the provider. {again}");

    // The provider is not configured any more, or browsers have no address to come back to.
    public static readonly Refusal ProviderGone = new("provider-gone", 404, "This cannot be connected now",
        "The settings have changed since the link was made. You cannot correct this yourself: tell the person who sent you the link. "
        + "Nothing was changed.");

    public static readonly Refusal TooMany = new("too-many", 429, "Too many attempts", "Please wait a minute and try again.");

    public static readonly Refusal StoreAway = new("store-away", 503, "Not possible now",
        "The gateway cannot reach its store. Nothing was changed. Please wait a moment and load this page again.");

    public static IReadOnlyList<Refusal> All { get; } =
    [
        LinkGone, StateGone, OtherBrowser, MixedUp, Malformed, Declined, ProviderAway, ProviderRefused, CodeRefused, NotVerified,
        OtherAccount, Changed, ProviderGone, TooMany, StoreAway,
    ];

    /// <summary>For a page of its own.</summary>
    public string Text => TextWith("Nothing was changed. Open the link that you were sent once more to try again.");

    /// <summary>For the top of the link's page, which has the button.</summary>
    public string TextOnLinkPage => TextWith("Nothing was changed. You can try again below.");

    /// <returns>Null when no refusal has that word.</returns>
    public static Refusal? Find(string? word) => All.FirstOrDefault(refusal => refusal.Word == word);

    private string TextWith(string again) => Template.Replace("{again}", again, StringComparison.Ordinal);
}
