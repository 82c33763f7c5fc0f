using Gateway.Credentials;
using Gateway.Forwarding;

namespace Gateway.Configuration;

/// <summary>Reads, checks and puts in force: all of a configuration, or nothing of it.</summary>
internal sealed partial class ConfigurationLoader(
    ConfigurationSources sources, ConfigurationTargets targets, ChosenAdminKey adminKey, ILogger<ConfigurationLoader> logger)
{
    // Sections that are read when the process starts.
    private static readonly string[] ReadOnce = ["Kestrel", "Store", "Admin", "Forwarding"];

    // Null before the first load. Loads never overlap: one at start, then the reload loop's.
    private GatewayConfiguration? _inForce;

    /// <summary>True when a configuration is in force.</summary>
    public bool IsLoaded => _inForce is not null;

    /// <returns>What is wrong, one line each; empty when the configuration is in force now.</returns>
    public async Task<IReadOnlyList<string>> LoadAsync()
    {
        var errors = new ConfigurationErrors();
        if (sources.Read(errors) is not { } root)
        {
            return errors.Lines;
        }

        var read = GatewayConfiguration.Parse(root, errors);
        var (routes, clusters) = ProxyConfigSource.Read(root.GetSection("ReverseProxy"));
        errors.AddRange(await targets.Proxy.ValidateAsync(routes, clusters, read.Providers));
        if (errors.Lines.Count > 0)
        {
            return errors.Lines;
        }

        targets.Catalog.Replace(read.Providers);
        targets.Proxy.Apply(routes, clusters);
        targets.Routes.Replace(RouteViews.Of(routes, clusters));
        targets.Live.Replace(root);
        Tell(read);
        _inForce = read;
        return [];
    }

    private void Tell(GatewayConfiguration read)
    {
        if (!IsLoaded)
        {
            adminKey.Announce(Console.Error);
        }

        foreach (var provider in read.Unfinished)
        {
            Log.Placeholder(logger, provider.Name, GatewayConfiguration.Placeholder);
        }

        foreach (var section in ReadOnce.Where(section => _inForce is { } old && old.Fingerprint(section) != read.Fingerprint(section)))
        {
            Log.NeedsRestart(logger, section);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Provider {Provider} has a client id or a secret that is still {Placeholder}: its requests will fail")]
        public static partial void Placeholder(ILogger logger, string provider, string placeholder);

        [LoggerMessage(2, LogLevel.Warning, "{Section} changed in the configuration: this takes effect at the next start")]
        public static partial void NeedsRestart(ILogger logger, string section);
    }
}
