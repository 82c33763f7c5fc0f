using Gateway.Proxy.Routes;

using Yarp.ReverseProxy.Configuration;

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
        var (routes, clusters) = ReadProxy(root, errors);
        errors.AddRange(await targets.Proxy.ValidateAsync([.. routes.Where(read.KnowsOriginOf)], clusters, read.Providers));
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

    // YARP's reader throws on a number, duration or word that is none, and names the value but not the key.
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

    private void Tell(GatewayConfiguration read)
    {
        if (!IsLoaded)
        {
#pragma warning disable RS0030 // A generated key is printed once, never logged.
            adminKey.Announce(Console.Error);
#pragma warning restore RS0030
            TellOfKeys();
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

    private void TellOfKeys()
    {
        if (adminKey.IsShort)
        {
            Log.ShortAdminKey(logger, ChosenAdminKey.LeastLength);
        }

        foreach (var key in sources.SecretsOnCommandLine)
        {
            Log.SecretOnCommandLine(logger, key);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1010, LogLevel.Warning, "Provider {Provider} has a client id or a secret that is still {Placeholder}: its requests will fail")]
        public static partial void Placeholder(ILogger logger, string provider, string placeholder);

        [LoggerMessage(1011, LogLevel.Warning, "{Section} changed in the configuration: this takes effect at the next start")]
        public static partial void NeedsRestart(ILogger logger, string section);

        [LoggerMessage(1012, LogLevel.Warning, "Admin:Key has fewer than {LeastLength} characters: it can be guessed")]
        public static partial void ShortAdminKey(ILogger logger, int leastLength);

        [LoggerMessage(1013, LogLevel.Warning, "{Key} came over the command line, which every user of this machine can read; take a file or the environment")]
        public static partial void SecretOnCommandLine(ILogger logger, string key);
    }
}
