using Gateway.Model;
using Gateway.Observability;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration;

/// <summary>Adds the configuration: files, secrets directory, environment and command line, checked and reloaded as one.</summary>
public static class ConfigurationExtensions
{
    /// <summary>
    /// Replaces the framework's sources by the gateway's, read once. Services are composed from what was read, or from nothing when it has
    /// errors; <see cref="LoadConfigurationAsync"/> or the start of the host, before any listener opens, reports those.
    /// </summary>
    public static void AddGatewayConfiguration(this WebApplicationBuilder builder, string[] arguments)
    {
        var sources = new ConfigurationSources(GatewayArguments.Parse(arguments));
        var first = GatewayConfiguration.Read(sources);
        var lastGood = new LastGoodConfiguration();
        builder.Configuration.Sources.Clear();
        ((IConfigurationBuilder)builder.Configuration).Add(lastGood);
        if (first.Errors.Count == 0)
        {
            lastGood.Replace(first.Root);
        }

        builder.Services.AddSingleton(AdminKey.From(builder.Configuration["Admin:Key"])).AddSingleton(sources).AddSingleton(lastGood);
        builder.Services.AddSingleton(provider => ActivatorUtilities.CreateInstance<ConfigurationLoader>(provider, first));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ProviderCatalog>();
        builder.Services.TryAddSingleton<GatewayMetrics>();
        builder.Services.AddHostedService<ConfigurationReload>();
    }

    /// <summary>Loads the configuration now, so that its errors can be printed without the host's own.</summary>
    /// <returns>One line for each error; empty when it is in force.</returns>
    public static Task<IReadOnlyList<string>> LoadConfigurationAsync(this WebApplication app) =>
        app.Services.GetRequiredService<ConfigurationLoader>().LoadAsync();
}

/// <summary>The last configuration that passed every check: the application never sees a file that is wrong or half written.</summary>
internal sealed class LastGoodConfiguration : ConfigurationProvider, IConfigurationSource
{
    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void Replace(IConfiguration root)
    {
        Data = root.AsEnumerable().ToDictionary(static pair => pair.Key, static pair => pair.Value, StringComparer.OrdinalIgnoreCase);
        OnReload();
    }
}

/// <summary>The gateway was started with a configuration that has errors.</summary>
/// <param name="errors">One line each: key, value unless it is a secret, rule.</param>
public sealed class InvalidConfigurationException(IReadOnlyList<string> errors) : Exception(string.Join(Environment.NewLine, errors))
{
    public IReadOnlyList<string> Errors { get; } = errors;
}
