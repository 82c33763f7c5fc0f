using System.Collections.Frozen;
using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>How the owner of an account is led through a provider's consent.</summary>
internal static partial class OnboardingParser
{
    private static readonly string[] KeyKeys = ["AuthorizationUrl", "Permissions", "KeyParameter", "ScopesMember"];

    public static OnboardingRules Parse(SectionReader block, ProviderDraft draft)
    {
        var section = block.Object("Onboarding");
        var keep = ReadKeep(section);
        var rules = new OnboardingRules
        {
            DisplayName = section.Text("DisplayName"),
            Key = ReadKey(section, draft),
            ScopesMember = section.Text("ScopesMember"),
            Keep = keep,
            Identity = ReadIdentity(section, keep),
            ElevatedScopes = section.List("ElevatedScopes").ToFrozenSet(StringComparer.Ordinal),
            SignInOrigins = ReadOrigins(section, "SignInOrigins", Source()),
            Marketplace = MarketplaceParser.Parse(section, keep.Keys),
        };
        section.RefuseUnknownKeys();
        return rules;
    }

    /// <summary>A list of origins, each of the given form.</summary>
    public static IReadOnlyList<string> ReadOrigins(SectionReader section, string name, Regex form)
    {
        var origins = section.List(name);
        for (var i = 0; i < origins.Count; i++)
        {
            if (!string.IsNullOrWhiteSpace(origins[i]) && !form.IsMatch(origins[i]))
            {
                section.Errors.Add($"{section.KeyOf(name)}:{i}", origins[i], "is not an origin like https://app.example.com");
            }
        }

        return origins;
    }

    private static KeyOnboarding? ReadKey(SectionReader section, ProviderDraft draft)
    {
        if (draft.Kind != ProviderKind.Secret)
        {
            RefuseKeys(section, draft.Kind);
            return null;
        }

        // Without any of them, a Secret is put by operators and may still have a name, say.
        if (!KeyKeys.Any(section.Has))
        {
            return null;
        }

        _ = section.Required("AuthorizationUrl");
        var url = section.Address("AuthorizationUrl", mayHaveQuery: true);
        var permissions = section.List("Permissions");
        var parameter = ReadKeyParameter(section, draft);
        return url is null ? null : new KeyOnboarding(url, permissions, parameter);
    }

    private static void RefuseKeys(SectionReader section, ProviderKind? kind)
    {
        foreach (var key in KeyKeys.Where(key => section.Has(key) && kind is not null))
        {
            section.Errors.Add(section.KeyOf(key), "belongs to Kind Secret only");
        }
    }

    private static string ReadKeyParameter(SectionReader section, ProviderDraft draft)
    {
        var parameter = section.Required("KeyParameter");
        if (parameter.Length > 0 && !draft.Injection.FieldNames.Contains(parameter, StringComparer.Ordinal))
        {
            section.Errors.Add(section.KeyOf("KeyParameter"), parameter, "is not a field that Inject uses");
        }

        return parameter;
    }

    private static FrozenDictionary<string, Regex> ReadKeep(SectionReader section)
    {
        var keep = new Dictionary<string, Regex>(StringComparer.Ordinal);
        foreach (var member in section.Map("Keep"))
        {
            if (FieldsParser.ReadPattern(section.Errors, member) is { } pattern)
            {
                keep[member.Key] = pattern;
            }
        }

        return keep.ToFrozenDictionary(StringComparer.Ordinal);
    }

    private static string? ReadIdentity(SectionReader section, FrozenDictionary<string, Regex> keep)
    {
        var identity = section.Text("Identity");
        if (identity is not null && !keep.ContainsKey(identity))
        {
            section.Errors.Add(section.KeyOf("Identity"), identity, "is not one of Keep");
        }

        return identity;
    }

    [GeneratedRegex(@"\Ahttps://(\*\.)?[a-zA-Z0-9.-]+(:[0-9]{1,5})?\z", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Source();
}
