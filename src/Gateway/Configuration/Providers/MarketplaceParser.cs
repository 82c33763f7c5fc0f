using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>The way in for owners whom the provider's marketplace sends.</summary>
internal static partial class MarketplaceParser
{
    /// <param name="onboarding">The section around it.</param>
    /// <param name="kept">The fields that the provider's answers bring: one of them has to name the account.</param>
    public static MarketplaceEntry? Parse(SectionReader onboarding, IEnumerable<string> kept)
    {
        var section = onboarding.Object("Marketplace");
        var parameters = section.Map("Parameters").Where(static pair => !string.IsNullOrEmpty(pair.Value))
            .ToDictionary(static pair => pair.Key, static pair => pair.Value!, StringComparer.Ordinal);
        var given = onboarding.Has("Marketplace");
        var name = given ? section.Required("Connection") : section.Text("Connection") ?? "";
        var returnParameter = section.Text("ReturnParameter");
        var origins = OnboardingParser.ReadOrigins(section, "ReturnOrigins", Exact());
        section.RefuseUnknownKeys();
        if (!given)
        {
            return null;
        }

        // Nobody vouches for such a request: only the account that is authorised in the end may decide which connection it is.
        var identity = onboarding.Text("Identity");
        if (identity is null || !kept.Contains(identity, StringComparer.Ordinal) || !parameters.ContainsValue(identity))
        {
            section.Errors.Add(section.KeyOf("Parameters"), "brings nothing that Onboarding:Identity can be held against");
        }

        if (!TextTemplate.TryParse(name, out var connection) || (identity is not null && !connection.FieldNames.Contains(identity, StringComparer.Ordinal)))
        {
            section.Errors.Add(section.KeyOf("Connection"), name, "is not a template that uses Onboarding:Identity");
            return null;
        }

        foreach (var field in connection.FieldNames.Where(field => !parameters.ContainsValue(field)))
        {
            section.Errors.Add(section.KeyOf("Connection"), $"{{{field}}} is brought by none of Parameters");
        }

        return new(parameters, connection, returnParameter, origins);
    }

    [GeneratedRegex(@"\A(https://[a-z0-9.-]+(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?)\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Exact();
}
