using System.Text.RegularExpressions;

using Gateway.Model;
using Gateway.Onboarding.Consent;

namespace Gateway.Onboarding.Pages;

/// <summary>One field that the owner has to fill in.</summary>
internal static partial class FieldInput
{
    private const string Head = @"\A(?:";
    private const string Tail = @")\z";

    public static Html Of(Provider provider, string name, (IFormCollection Entered, IReadOnlyList<string> Wrong)? form)
    {
        var id = ConsentFields.FormName(name);
        var isWrong = form?.Wrong.Contains(name, StringComparer.Ordinal) == true;
        return $"""
            <div class="field">
            <label for="{id}">{name[..1].ToUpperInvariant()}{name[1..]}</label>
            <p class="hint" id="{id}.hint">Part of the address {provider.Origin.Text}</p>
            {Error(id, isWrong)}
            <input id="{id}" name="{id}" required maxlength="128" autocomplete="off" autocapitalize="none" spellcheck="false"
             pattern="{PatternOf(provider.Fields[name])}" value="{form?.Entered[id].ToString()}" aria-describedby="{id}.hint{(isWrong ? $" {id}.error" : "")}"{Invalid(isWrong)}>
            </div>
            """;
    }

    private static Html Error(string id, bool isWrong) =>
        isWrong ? $"<p class=\"error\" id=\"{id}.error\" role=\"alert\">This does not fit here. Please check it.</p>" : Html.None;

    private static Html Invalid(bool isWrong) => isWrong ? $" aria-invalid=\"true\"" : Html.None;

    // As written in the configuration. Browsers read it with the flag v, which wants a hyphen at the end of a class escaped.
    private static string PatternOf(Regex pattern)
    {
        var text = pattern.ToString();
        text = text.StartsWith(Head, StringComparison.Ordinal) && text.EndsWith(Tail, StringComparison.Ordinal) ? text[Head.Length..^Tail.Length] : text;
        return LastHyphen().Replace(text, @"\-]");
    }

    [GeneratedRegex(@"(?<!\\)-\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LastHyphen();
}
