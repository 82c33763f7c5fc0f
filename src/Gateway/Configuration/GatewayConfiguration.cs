using Gateway.Configuration.Providers;
using Gateway.Configuration.Sections;
using Gateway.Model;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>One reading of the configuration, checked but for the routes.</summary>
/// <param name="Root">All keys.</param>
/// <param name="Providers">Every block of <c>Providers</c>.</param>
internal sealed record GatewayConfiguration(IConfigurationRoot Root, IReadOnlyList<Provider> Providers)
{
    /// <summary>What stands in the shipped configuration where an operator's own value belongs.</summary>
    public const string Placeholder = "set-me";

    /// <summary>Checks everything and reports all that is wrong; of no use when <paramref name="errors"/> grew.</summary>
    public static GatewayConfiguration Parse(IConfigurationRoot root, ConfigurationErrors errors)
    {
        ListenerSection.Check(root, errors);
        PlainSections.Check(root, errors);
        return new(root, [.. root.GetSection("Providers").GetChildren().Select(block => ProviderParser.Parse(block, errors))]);
    }

    /// <summary>Providers that can't work yet, since one of their values is still the placeholder.</summary>
    public IEnumerable<Provider> Unfinished => Providers.Where(IsUnfinished);

    /// <summary>False when the route's provider has an origin that was refused: whatever is said of the route would be said twice.</summary>
    public bool KnowsOriginOf(RouteConfig route) => !Providers.Any(provider =>
        provider.Origin == ProviderDraft.NoOrigin
        && route.Transforms?.Any(transform => string.Equals(
            transform.GetValueOrDefault(RouteCredentialParser.CredentialKey), provider.Name, StringComparison.OrdinalIgnoreCase)) == true);

    /// <summary>A section as one text, to see whether it changed. It holds secrets.</summary>
    public Secret Fingerprint(string section) =>
        new(string.Join('\n', Root.GetSection(section).AsEnumerable().Select(static pair => $"{pair.Key}={pair.Value}")));

    private static bool IsUnfinished(Provider provider) =>
        provider.OAuth?.ClientId == Placeholder
        || (provider.OAuth?.ClientSecrets ?? []).Concat(provider.Secrets.Values).Any(static secret => secret.Reveal() == Placeholder);
}
