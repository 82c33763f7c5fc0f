using Gateway.Admin;
using Gateway.Configuration.Reading;
using Gateway.Model;
using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

namespace Gateway.Configuration;

/// <summary>Reads and checks a configuration, and puts it in force as a whole or not at all.</summary>
internal sealed partial class ConfigurationLoader(
    GatewayConfiguration first, ConfigurationSources sources, LastGoodConfiguration lastGood, ProviderCatalog providers,
    ProxyConfigSource proxy, RouteCatalog routeCatalog, AdminKey adminKey, ILogger<ConfigurationLoader> logger)
{
    private static readonly string[] SectionsReadAtStart = ["Kestrel", "Store", "Admin", "Proxy", "Forwarding"];

    // Loads do not overlap: first the start, then the reload loop. The first one takes what the host was composed from.
    private GatewayConfiguration? _next = first;
    private GatewayConfiguration? _inForce;

    public bool IsLoaded => _inForce is not null;

    /// <returns>The errors, one line each; empty when the configuration is in force now.</returns>
    public async Task<IReadOnlyList<string>> LoadAsync()
    {
        var configuration = _next ?? GatewayConfiguration.Read(sources);
        _next = null;
        var errors = new ConfigurationErrors();
        errors.AddRange(configuration.Errors);
        var (routes, clusters) = ReadProxy(configuration.Root, errors);
        errors.AddRange(await proxy.ValidateAsync([.. routes.Where(configuration.IsCheckable)], clusters, configuration.Providers));
        if (errors.Lines.Count > 0)
        {
            return errors.Lines;
        }

        providers.Replace(configuration.Providers);
        proxy.Apply(routes, clusters);
        routeCatalog.Replace(routes.Select(route => ViewOf(route, clusters)));
        lastGood.Replace(configuration.Root);
        LogWarnings(configuration);
        _inForce = configuration;
        return [];
    }

    // YARP's reader throws on a number, duration or enumeration that it can't parse; its message has the value but not the key.
    private static (IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters) ReadProxy(
        IConfiguration root, ConfigurationErrors errors)
    {
        try
        {
            return ProxyConfigSource.Read(root.GetSection("ReverseProxy"));
        }
        catch (Exception exception)
            when (exception is FormatException or ArgumentException or InvalidOperationException or OverflowException)
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
        var connection = transform?.GetValueOrDefault(RouteCredentialParser.ConnectionKey) ?? $"header:{ConnectionSelector.DefaultHeader}";
        return new RouteView(
            route.RouteId, route.Match.Path, route.Match.Methods ?? [],
            credential?.Provider, credential is null ? null : connection, credential?.Replay.ToString(), credential?.Scope,
            cluster?.Destinations?.Values.FirstOrDefault()?.Address);
    }

    private void LogWarnings(GatewayConfiguration configuration)
    {
        if (!IsLoaded)
        {
            LogAtStart(configuration.Root);
        }

        foreach (var provider in configuration.Unfinished)
        {
            Log.Placeholder(logger, provider.Name, GatewayConfiguration.Placeholder);
        }

        if (_inForce is { } old)
        {
            foreach (var section in SectionsReadAtStart.Where(section => old.Fingerprint(section) != configuration.Fingerprint(section)))
            {
                Log.NeedsRestart(logger, section);
            }
        }
    }

    private void LogAtStart(IConfiguration root)
    {
        if (adminKey.Announcement is { } line)
        {
#pragma warning disable RS0030 // A generated key is printed once and never logged.
            Console.Error.WriteLine(line);
#pragma warning restore RS0030
        }

        if (adminKey.IsShort)
        {
            Log.ShortAdminKey(logger, AdminKey.MinLength);
        }

        if (root.GetSection("Forwarding").GetChildren().Any())
        {
            Log.RenamedSection(logger);
        }

        foreach (var key in sources.SecretsOnCommandLine)
        {
            Log.SecretOnCommandLine(logger, key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Warning,
            "Provider {Provider}: client id or secret is still the placeholder {Placeholder}; its requests will fail")]
        public static partial void Placeholder(ILogger logger, string provider, string placeholder);

        [LoggerMessage(1011, LogLevel.Warning, "{Section} changed in the configuration; the change takes effect at the next start")]
        public static partial void NeedsRestart(ILogger logger, string section);

        [LoggerMessage(1012, LogLevel.Warning, "Admin:Key has fewer than {MinLength} characters and can be guessed")]
        public static partial void ShortAdminKey(ILogger logger, int minLength);

        [LoggerMessage(1013, LogLevel.Warning,
            "{Key} was given on the command line, which every user of this machine can read; use a file or the environment")]
        public static partial void SecretOnCommandLine(ILogger logger, string key);

        [LoggerMessage(1014, LogLevel.Warning, "Forwarding:ReplayMemory is now Proxy:ReplayMemory; the former name is still read")]
        public static partial void RenamedSection(ILogger logger);
    }
}
