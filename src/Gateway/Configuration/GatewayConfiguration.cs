using Gateway.Configuration.Providers;
using Gateway.Configuration.Reading;
using Gateway.Model;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>A configuration that was read and checked, except for its routes.</summary>
/// <param name="Providers">The blocks of <c>Providers</c>.</param>
/// <param name="Errors">One line each; with any of them the rest is not to be used.</param>
internal sealed record GatewayConfiguration(IConfigurationRoot Root, IReadOnlyList<Provider> Providers, IReadOnlyList<string> Errors)
{
    /// <summary>The value in the shipped configuration that an operator has to replace.</summary>
    public const string Placeholder = "set-me";

    /// <summary>Reads all sources and checks all sections.</summary>
    public static GatewayConfiguration Read(ConfigurationSources sources)
    {
        var errors = new ConfigurationErrors();
        return sources.Read(errors) is { } root ? Parse(root, errors) : new(new ConfigurationRoot([]), [], errors.Lines);
    }

    public static GatewayConfiguration Parse(IConfigurationRoot root, ConfigurationErrors errors)
    {
        SectionValidator.Check(root, errors);
        var blocks = root.GetSection("Providers").GetChildren();
        return new(root, [.. blocks.Select(block => ProviderParser.Parse(block, errors))], errors.Lines);
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
