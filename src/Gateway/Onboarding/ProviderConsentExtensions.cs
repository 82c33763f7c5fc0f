using Gateway.Model;

namespace Gateway.Onboarding;

/// <summary>What a provider's configuration means for the consent of an owner.</summary>
internal static class ProviderConsentExtensions
{
    /// <summary>True when an owner can authorise a connection in a browser.</summary>
    public static bool IsConnectable(this Provider provider) =>
        provider.OAuth is { Grant: OAuthGrant.AuthorizationCode } client
            ? client.AuthorizationEndpoint is not null || client.Discovery is not null
            : provider.Onboarding.Key is not null;

    /// <summary>The name on pages.</summary>
    public static string Title(this Provider provider) => provider.Onboarding.DisplayName ?? provider.Name;
}
