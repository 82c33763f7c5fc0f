using Gateway.Configuration.Providers;
using Gateway.Configuration.Reading;
using Gateway.Model;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>A configuration that was read and checked, except for its routes.</summary>
/// <param name="Root">All keys.</param>
/// <param name="Providers">The blocks of <c>Providers</c>.</param>
internal sealed record GatewayConfiguration(IConfigurationRoot Root, IReadOnlyList<Provider> Providers)
{
    /// <summary>The value in the shipped configuration that an operator has to replace.</summary>
    public const string Placeholder = "set-me";

    /// <summary>Checks all sections and reports every error; the result is not to be used when <paramref name="errors"/> grew.</summary>
    public static GatewayConfiguration Parse(IConfigurationRoot root, ConfigurationErrors errors)
    {
        SectionValidator.Check(root, errors);
        return new(root, [.. root.GetSection("Providers").GetChildren().Select(block => ProviderParser.Parse(block, errors))]);
    }

    /// <summary>Providers that can't work yet, because one of their values is still the placeholder.</summary>
    public IEnumerable<Provider> Unfinished => Providers.Where(static provider =>
        provider.OAuth?.ClientId == Placeholder
        || (provider.OAuth?.ClientSecrets ?? []).Concat(provider.Secrets.Values).Any(static secret => secret.Reveal() == Placeholder));

    /// <summary>False when the origin of the route's provider was refused: errors of the route would repeat that one.</summary>
    public bool IsCheckable(RouteConfig route) => !Providers.Any(provider =>
        provider.Origin == ProviderDraft.RefusedOrigin
        && route.Transforms?.Any(transform => string.Equals(
            transform.GetValueOrDefault(RouteCredentialParser.CredentialKey), provider.Name, StringComparison.OrdinalIgnoreCase)) == true);

    /// <summary>The content of a section as one text, to detect a change. It holds secrets.</summary>
    public Secret Fingerprint(string section) =>
        new(string.Join('\n', Root.GetSection(section).AsEnumerable().Select(static pair => $"{pair.Key}={pair.Value}")));
}
