using System.Collections.Frozen;

using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>Reads one block of <c>Providers</c>: everything that is wrong with it is reported, nothing is guessed.</summary>
internal static class ProviderParser
{
    /// <returns>The provider; of no use when <paramref name="errors"/> grew.</returns>
    public static Provider Parse(IConfigurationSection section, ConfigurationErrors errors)
    {
        if (!Names.IsProvider(section.Key))
        {
            errors.Add(section.Path, "a provider's name has letters, digits, '.', '_' and '-' only");
        }

        var block = new SectionReader(section, errors);
        _ = block.Required("Kind");
        var kind = block.Choice<ProviderKind>("Kind");
        _ = block.Required("Origin");
        var draft = new ProviderDraft(kind, block.Template("Origin"), OAuthClientParser.Parse(block, kind), InjectionParser.Parse(block, kind));
        var provider = Read(section.Key, block, draft);
        block.RefuseUnknownKeys();
        return provider;
    }

    private static Provider Read(string name, SectionReader block, ProviderDraft draft)
    {
        var fields = FieldsParser.Parse(block, draft);
        var onboarding = OnboardingParser.Parse(block, draft);
        var verifyPath = ReadVerifyPath(block);
        CheckTemplates(block, draft, verifyPath, fields.Public.Keys.Concat(onboarding.Keep.Keys).ToHashSet(StringComparer.Ordinal));
        return new Provider
        {
            Name = name,
            Kind = draft.Kind ?? ProviderKind.Secret,
            Origin = draft.Origin ?? ProviderDraft.NoOrigin,
            OAuth = draft.OAuth,
            Injection = draft.Injection,
            Fields = fields.Public,
            SecretPatterns = fields.Secret,
            Secrets = ReadSecrets(block),
            VerifyPath = verifyPath,
            Onboarding = onboarding,
            Disconnection = ReadDisconnection(block),
            Methods = ReadMethods(block),
            Upgrades = block.GetBoolean("Upgrades", otherwise: false),
            PropagateTrace = block.GetBoolean("PropagateTrace", otherwise: false),
        };
    }

    private static FrozenDictionary<string, Secret> ReadSecrets(SectionReader block)
    {
        var secrets = block.Map("Secrets").ToList();
        foreach (var empty in secrets.Where(static secret => string.IsNullOrEmpty(secret.Value)))
        {
            block.Errors.Add(empty.Path, "missing");
        }

        return secrets.ToFrozenDictionary(static secret => secret.Key, static secret => new Secret(secret.Value), StringComparer.OrdinalIgnoreCase);
    }

    private static TextTemplate? ReadVerifyPath(SectionReader block)
    {
        var verify = block.Object("Verify");
        var path = block.Has("Verify") ? verify.Required("Path") : verify.Text("Path");
        verify.RefuseUnknownKeys();
        return path is { Length: > 0 } ? ReadPath(verify, path) : null;
    }

    private static TextTemplate? ReadPath(SectionReader section, string path)
    {
        if (IsPath(path) && TextTemplate.TryParse(path, out var template))
        {
            return template;
        }

        section.Errors.Add(section.KeyOf("Path"), path, "is not a path that starts with one '/', without a fragment");
        return null;
    }

    // Templates over what is known of a connection: its public fields, and what the provider's answers bring.
    private static void CheckTemplates(SectionReader block, ProviderDraft draft, TextTemplate? verifyPath, HashSet<string> known)
    {
        var templates = (draft.OAuth?.AuthorizationParameters ?? FrozenDictionary<string, TextTemplate>.Empty)
            .Select(parameter => (Key: $"{block.KeyOf("AuthorizationParameters")}:{parameter.Key}", parameter.Value))
            .Append((Key: $"{block.KeyOf("Verify")}:Path", Value: verifyPath!));
        foreach (var (key, template) in templates.Where(static pair => pair.Value is not null))
        {
            foreach (var field in template.FieldNames.Where(field => !known.Contains(field)))
            {
                block.Errors.Add(key, $"{{{field}}} is neither a public field nor one of Onboarding:Keep");
            }
        }
    }

    private static Disconnection? ReadDisconnection(SectionReader block)
    {
        var section = block.Object("Disconnect");
        var given = block.Has("Disconnect");
        var provider = given ? section.Required("Credential") : section.Text("Credential");
        var path = given ? section.Required("Path") : section.Text("Path");
        section.RefuseUnknownKeys();
        return path is { Length: > 0 } && provider is not null && ReadPath(section, path) is { } template ? new(provider, template) : null;
    }

    private static FrozenSet<string> ReadMethods(SectionReader block)
    {
        var methods = block.List("Methods");
        for (var i = 0; i < methods.Count; i++)
        {
            if (!IsMethod(methods[i]) && !string.IsNullOrWhiteSpace(methods[i]))
            {
                block.Errors.Add($"{block.KeyOf("Methods")}:{i}", methods[i], "is not a method that can be forwarded (RFC 9110 section 9.1, upper case)");
            }
        }

        return methods.Count == 0 ? Provider.DefaultMethods : methods.ToFrozenSet(StringComparer.Ordinal);
    }

    private static bool IsPath(string path) =>
        path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && path.All(static c => c is > ' ' and <= '~' and not '#' and not '\\');

    // CONNECT makes a tunnel and TRACE echoes the credential: neither is ever forwarded.
    private static bool IsMethod(string method) => Names.IsToken(method) && !method.Any(char.IsAsciiLetterLower) && method is not ("CONNECT" or "TRACE");
}
