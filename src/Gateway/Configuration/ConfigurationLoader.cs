using Gateway.Admin;
using Gateway.Configuration.Reading;
using Gateway.Model;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>Reads and checks a configuration, and puts it in force as a whole or not at all.</summary>
internal sealed partial class ConfigurationLoader(
    ConfigurationSources sources, LastGoodConfiguration lastGood, ProviderCatalog providers, ProxyConfigSource proxy, RouteCatalog routeCatalog,
    ChosenAdminKey adminKey, ILogger<ConfigurationLoader> logger)
{
    private static readonly string[] SectionsReadAtStart = ["Kestrel", "Store", "Admin", "Forwarding"];

    // Null before the first load. Loads do not overlap: first the start, then the reload loop.
    private GatewayConfiguration? _inForce;

    /// <summary>True when a configuration is in force.</summary>
    public bool IsLoaded => _inForce is not null;

    /// <returns>The errors, one line each; empty when the configuration is in force now.</returns>
    public async Task<IReadOnlyList<string>> LoadAsync()
    {
        var errors = new ConfigurationErrors();
        if (sources.Read(errors) is not { } root)
        {
            return errors.Lines;
        }

        var configuration = GatewayConfiguration.Parse(root, errors);
        var (routes, clusters) = ReadProxy(root, errors);
        errors.AddRange(await proxy.ValidateAsync([.. routes.Where(configuration.IsCheckable)], clusters, configuration.Providers));
        if (errors.Lines.Count > 0)
        {
            return errors.Lines;
        }

        providers.Replace(configuration.Providers);
        proxy.Apply(routes, clusters);
        routeCatalog.Replace(routes.Select(route => ViewOf(route, clusters)));
        lastGood.Replace(root);
        LogWarnings(configuration);
        _inForce = configuration;
        return [];
    }

    // YARP's reader throws on a number, duration or enumeration that it can't parse; its message has the value but not the key.
    private static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) ReadProxy(IConfiguration root, ConfigurationErrors errors)
    {
        try
        {
            return ProxyConfigSource.Read(root.GetSection("ReverseProxy"));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or InvalidOperationException or OverflowException)
        {
            errors.Add("ReverseProxy", SecretKeys.Show($"YARP can't read it: {exception.Message}"));
            return ([], []);
        }
    }

    // The route as operators see it.
    private static RouteView ViewOf(RouteConfig route, IReadOnlyList<ClusterConfig> clusters)
    {
        var transform = route.Transforms?.FirstOrDefault(static transform => transform.ContainsKey(RouteCredentialParser.CredentialKey));
        var credential = transform is null ? null : RouteCredentialParser.Parse(transform, []);
        var cluster = clusters.FirstOrDefault(cluster => cluster.ClusterId == route.ClusterId);
        return new RouteView(
            route.RouteId,
            route.Match.Path,
            route.Match.Methods ?? [],
            credential?.Provider,
            credential is null ? null : transform!.GetValueOrDefault(RouteCredentialParser.ConnectionKey) ?? $"header:{ConnectionSelector.DefaultHeader}",
            credential?.Replay.ToString(),
            credential?.Scope,
            cluster?.Destinations?.Values.FirstOrDefault()?.Address);
    }

    private void LogWarnings(GatewayConfiguration configuration)
    {
        if (!IsLoaded)
        {
            LogKeys();
        }

        foreach (var provider in configuration.Unfinished)
        {
            Log.Placeholder(logger, provider.Name, GatewayConfiguration.Placeholder);
        }

        foreach (var section in SectionsReadAtStart.Where(section => _inForce is { } old && old.Fingerprint(section) != configuration.Fingerprint(section)))
        {
            Log.NeedsRestart(logger, section);
        }
    }

    private void LogKeys()
    {
#pragma warning disable RS0030 // A generated key is printed once and never logged.
        adminKey.Announce(Console.Error);
#pragma warning restore RS0030
        if (adminKey.IsShort)
        {
            Log.ShortAdminKey(logger, ChosenAdminKey.MinLength);
        }

        foreach (var key in sources.SecretsOnCommandLine)
        {
            Log.SecretOnCommandLine(logger, key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Warning, "Provider {Provider}: client id or secret is still the placeholder {Placeholder}; its requests will fail")]
        public static partial void Placeholder(ILogger logger, string provider, string placeholder);

        [LoggerMessage(1011, LogLevel.Warning, "{Section} changed in the configuration; the change takes effect at the next start")]
        public static partial void NeedsRestart(ILogger logger, string section);

        [LoggerMessage(1012, LogLevel.Warning, "Admin:Key has fewer than {MinLength} characters and can be guessed")]
        public static partial void ShortAdminKey(ILogger logger, int minLength);

        [LoggerMessage(1013, LogLevel.Warning, "{Key} was given on the command line, which every user of this machine can read; use a file or the environment")]
        public static partial void SecretOnCommandLine(ILogger logger, string key);
    }
}
