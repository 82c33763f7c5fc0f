namespace Gateway.Onboarding.Pages;

/// <summary>Why a step led nowhere, in words that are fixed.</summary>
internal static class ProblemPage
{
    public static PageResult Of(Refusal refusal) => Of(refusal, Html.None);

    /// <summary>Instead of any page while the store is away: the same address, loaded again, goes on from there.</summary>
    public static PageResult StoreAway() => Of(Refusal.StoreAway, Again("Try again"));

    /// <summary>A link to the page that it stands on; the address, which may hold a code, is not written out.</summary>
    public static Html Again(string words) => $"<p><a class=\"button\" href=\"\">{words}</a></p>";

    private static PageResult Of(Refusal refusal, Html more)
    {
        var (title, text) = refusal.Describe();
        return new(refusal.Status(), title, $"<p>{text}</p>{more}") { Tone = "problem" };
    }
}
