using System.Collections.Frozen;
using System.Text.RegularExpressions;

using Gateway.Configuration.Reading;
using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>Reads <c>Onboarding</c>: how the owner of an account is led through a provider's consent.</summary>
internal static partial class OnboardingParser
{
    private const string OriginRule = "is not an origin like https://app.example.com";

    private static readonly string[] KeyKeys = ["AuthorizationUrl", "Permissions", "KeyParameter", "ScopesMember"];

    public static OnboardingRules Parse(SectionReader block, ProviderDraft draft)
    {
        var section = block.GetObject("Onboarding");
        var keep = FieldsParser.ReadPatterns(section, "Keep").ToFrozenDictionary(StringComparer.Ordinal);
        var rules = new OnboardingRules
        {
            DisplayName = section.GetText("DisplayName"),
            Key = ReadKey(section, draft),
            ScopesMember = section.GetText("ScopesMember"),
            Keep = keep,
            Identity = ReadIdentity(section, keep),
            ElevatedScopes = section.GetList("ElevatedScopes").ToFrozenSet(StringComparer.Ordinal),
            SignInOrigins = section.GetList("SignInOrigins", OriginPattern().IsMatch, OriginRule),
            Marketplace = ReadMarketplace(section, keep),
        };
        section.RefuseUnknownKeys();
        return rules;
    }

    private static KeyOnboarding? ReadKey(SectionReader section, ProviderDraft draft)
    {
        var present = KeyKeys.Where(section.Has).ToList();
        if (draft.Kind != ProviderKind.Secret)
        {
            foreach (var key in draft.Kind is null ? [] : present)
            {
                section.Refuse(key, "belongs to Kind Secret only");
            }

            return null;
        }

        // Without any of these keys an operator puts the secret; the other members still apply.
        if (present.Count == 0)
        {
            return null;
        }

        _ = section.GetRequiredText("AuthorizationUrl");
        var url = section.GetUri("AuthorizationUrl", mayHaveQuery: true);
        var permissions = section.GetList("Permissions");
        var parameter = section.GetRequiredText("KeyParameter");
        if (parameter.Length > 0 && !draft.Injection.FieldNames.Contains(parameter, StringComparer.Ordinal))
        {
            section.Refuse("KeyParameter", parameter, "is not a field that Inject uses");
        }

        return url is null ? null : new KeyOnboarding(url, permissions, parameter);
    }

    private static string? ReadIdentity(SectionReader section, FrozenDictionary<string, Regex> keep)
    {
        var identity = section.GetText("Identity");
        if (identity is not null && !keep.ContainsKey(identity))
        {
            section.Refuse("Identity", identity, "is not one of Keep");
        }

        return identity;
    }

    // The entry for owners who come from the provider's marketplace.
    private static MarketplaceEntry? ReadMarketplace(SectionReader onboarding, FrozenDictionary<string, Regex> keep)
    {
        var isPresent = onboarding.Has("Marketplace");
        var section = onboarding.GetObject("Marketplace");
        var parameters = section.GetMap("Parameters").Where(static pair => !string.IsNullOrEmpty(pair.Value))
            .ToDictionary(static pair => pair.Key, static pair => pair.Value!, StringComparer.Ordinal);
        var name = section.GetText("Connection", isRequired: isPresent) ?? "";
        var returnParameter = section.GetText("ReturnParameter");
        var origins = section.GetList("ReturnOrigins", ExactOriginPattern().IsMatch, OriginRule);
        section.RefuseUnknownKeys();
        if (!isPresent)
        {
            return null;
        }

        // Such a request is not authenticated: only the account that is authorised in the end may decide which connection it is.
        var identity = onboarding.GetText("Identity");
        if (identity is null || !keep.ContainsKey(identity) || !parameters.ContainsValue(identity))
        {
            section.Refuse("Parameters", "brings nothing that Onboarding:Identity can be held against");
        }

        if (!TextTemplate.TryParse(name, out var connection)
            || (identity is not null && !connection.FieldNames.Contains(identity, StringComparer.Ordinal)))
        {
            section.Refuse("Connection", name, "is not a template that uses Onboarding:Identity");
            return null;
        }

        foreach (var field in connection.FieldNames.Where(field => !parameters.ContainsValue(field)))
        {
            section.Refuse("Connection", $"{{{field}}} is brought by none of Parameters");
        }

        return new(parameters, connection, returnParameter, origins);
    }

    [GeneratedRegex(@"\Ahttps://(\*\.)?[a-zA-Z0-9.-]+(:[0-9]{1,5})?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex OriginPattern();

    [GeneratedRegex(
        @"\A(https://[a-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ExactOriginPattern();
}
