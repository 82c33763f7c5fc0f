namespace Gateway.Onboarding.Pages;

/// <summary>Why a step led nowhere, in words that are fixed.</summary>
internal static class ProblemPage
{
    public static PageResult Of(Refusal refusal)
    {
        var (title, text) = refusal.Describe();
        return new(refusal.Status(), title, $"<p>{text}</p>") { Tone = "problem" };
    }
}
