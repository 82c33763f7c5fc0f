using Gateway.Credentials;

namespace Gateway.Configuration.Providers;

/// <summary>How the owner of an account hands over a key where there is no OAuth.</summary>
internal static class OnboardingParser
{
    public static KeyOnboarding? Parse(SectionReader block, ProviderDraft draft)
    {
        var onboarding = block.Object("Onboarding");
        if (!block.Has("Onboarding"))
        {
            return null;
        }

        if (draft.Kind == ProviderKind.OAuth2)
        {
            block.Errors.Add(block.KeyOf("Onboarding"), "belongs to Kind Secret only");
        }

        _ = onboarding.Required("AuthorizationUrl");
        var url = onboarding.Address("AuthorizationUrl", mayHaveQuery: true);
        var permissions = onboarding.List("Permissions");
        var parameter = ReadKeyParameter(onboarding, draft);
        onboarding.RefuseUnknownKeys();
        return url is null ? null : new KeyOnboarding(url, permissions, parameter);
    }

    private static string ReadKeyParameter(SectionReader onboarding, ProviderDraft draft)
    {
        var parameter = onboarding.Required("KeyParameter");
        if (parameter.Length > 0 && !draft.Injection.FieldNames.Contains(parameter, StringComparer.Ordinal))
        {
            onboarding.Errors.Add(onboarding.KeyOf("KeyParameter"), parameter, "is not a field that Inject uses");
        }

        return parameter;
    }
}
