using System.Collections.Frozen;

using Gateway.Configuration.Reading;
using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>Reads one block of <c>Providers</c> and reports everything that is wrong with it.</summary>
internal static class ProviderParser
{
    /// <returns>The provider; not to be used when <paramref name="errors"/> grew.</returns>
    public static Provider Parse(IConfigurationSection section, ConfigurationErrors errors)
    {
        if (section.Key.Length == 0 || !section.Key.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            errors.Add(section.Path, "a provider's name has letters, digits, '.', '_' and '-' only");
        }

        var block = new SectionReader(section, errors);
        _ = block.GetRequiredText("Kind");
        var kind = block.GetEnum<ProviderKind>("Kind");
        _ = block.GetRequiredText("Origin");
        var draft = new ProviderDraft(
            kind, block.GetUriTemplate("Origin"), OAuthClientParser.Parse(block, kind), InjectionParser.Parse(block, kind));
        var provider = Read(section.Key, block, draft);
        block.RefuseUnknownKeys();
        return provider;
    }

    /// <summary>A header or method name (RFC 9110 sections 5.6.2, 5.1 and 9.1).</summary>
    public static bool IsToken(string name) =>
        name.Length > 0 && name.All(static c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));

    private static Provider Read(string name, SectionReader block, ProviderDraft draft)
    {
        var fields = FieldsParser.Parse(block, draft);
        var onboarding = OnboardingParser.Parse(block, draft);
        var verifyPath = ReadPath(block, "Verify");
        CheckTemplates(block, draft, verifyPath, fields.Public.Keys.Concat(onboarding.Keep.Keys).ToHashSet(StringComparer.Ordinal));
        return new Provider
        {
            Name = name,
            Kind = draft.Kind ?? ProviderKind.Secret,
            Origin = draft.Origin ?? ProviderDraft.RefusedOrigin,
            OAuth = draft.OAuth,
            Injection = draft.Injection,
            Fields = fields.Public,
            SecretPatterns = fields.Secret,
            Secrets = ReadSecrets(block),
            VerifyPath = verifyPath,
            Onboarding = onboarding,
            Disconnection = ReadDisconnection(block),
            Methods = ReadMethods(block),
            Upgrades = block.GetBoolean("Upgrades", defaultValue: false),
            PropagateTrace = block.GetBoolean("PropagateTrace", defaultValue: false),
        };
    }

    private static FrozenDictionary<string, Secret> ReadSecrets(SectionReader block)
    {
        var secrets = block.GetMap("Secrets").ToList();
        foreach (var empty in secrets.Where(static secret => string.IsNullOrEmpty(secret.Value)))
        {
            block.Errors.Add(empty.Path, "missing");
        }

        return secrets.ToFrozenDictionary(
            static secret => secret.Key, static secret => new Secret(secret.Value), StringComparer.OrdinalIgnoreCase);
    }

    // The member Path of an object that may be absent as a whole; further members of the object are read by the caller.
    private static TextTemplate? ReadPath(SectionReader block, string name, Action<SectionReader>? readOthers = null)
    {
        var section = block.GetObject(name);
        readOthers?.Invoke(section);
        var path = section.GetText("Path", isRequired: block.Has(name));
        section.RefuseUnknownKeys();
        if (path is null)
        {
            return null;
        }

        if (IsPath(path) && TextTemplate.TryParse(path, out var template))
        {
            return template;
        }

        section.Refuse("Path", path, "is not a path that starts with one '/', without a fragment");
        return null;
    }

    private static Disconnection? ReadDisconnection(SectionReader block)
    {
        string? provider = null;
        var path = ReadPath(block, "Disconnect", section => provider = section.GetText("Credential", isRequired: block.Has("Disconnect")));
        return path is not null && provider is not null ? new(provider, path) : null;
    }

    // Templates over what is known of a connection: its public fields, and those that the provider's answers bring.
    private static void CheckTemplates(SectionReader block, ProviderDraft draft, TextTemplate? verifyPath, HashSet<string> known)
    {
        var templates = (draft.OAuth?.AuthorizationParameters ?? FrozenDictionary<string, TextTemplate>.Empty)
            .Select(static parameter => (Key: $"AuthorizationParameters:{parameter.Key}", Template: parameter.Value));
        foreach (var (key, template) in verifyPath is null ? templates : templates.Append((Key: "Verify:Path", Template: verifyPath)))
        {
            foreach (var field in template.FieldNames.Where(field => !known.Contains(field)))
            {
                block.Refuse(key, $"{{{field}}} is neither a public field nor one of Onboarding:Keep");
            }
        }
    }

    private static FrozenSet<string> ReadMethods(SectionReader block)
    {
        var methods = block.GetList("Methods", IsMethod, "is not a method that can be forwarded (RFC 9110 section 9.1, upper case)");
        return methods.Count == 0 ? Provider.DefaultMethods : methods.ToFrozenSet(StringComparer.Ordinal);
    }

    private static bool IsPath(string path) =>
        path is ['/', ..] and not ['/', '/', ..] && path.All(static c => c is > ' ' and <= '~' and not '#' and not '\\');

    // CONNECT opens a tunnel and TRACE echoes the credential: neither is ever forwarded.
    private static bool IsMethod(string method) =>
        IsToken(method) && !method.Any(char.IsAsciiLetterLower) && method is not ("CONNECT" or "TRACE");
}

/// <summary>The parts of a provider that were read first, for rules that concern several of them.</summary>
/// <param name="Kind">Null when it is missing or unknown.</param>
/// <param name="Origin">Null when it was refused.</param>
internal sealed record ProviderDraft(ProviderKind? Kind, UriTemplate? Origin, OAuthClient? OAuth, Injection Injection)
{
    /// <summary>Replaces an origin that was refused; a provider with it is never used.</summary>
    public static UriTemplate RefusedOrigin { get; } =
        UriTemplate.TryParse("https://refused.invalid", out var template) ? template : throw new InvalidOperationException();

    /// <summary>The addresses that may hold fields of the connection, each with its key.</summary>
    public IEnumerable<(string Key, UriTemplate Address)> Addresses =>
        new (string Key, UriTemplate? Address)[]
        {
            ("Origin", Origin), ("TokenEndpoint", OAuth?.TokenEndpoint), ("AuthorizationEndpoint", OAuth?.AuthorizationEndpoint),
            ("RevocationEndpoint", OAuth?.RevocationEndpoint),
        }.Where(static pair => pair.Address is not null).Select(static pair => (pair.Key, pair.Address!));
}
