using Gateway.Configuration.Reading;
using Gateway.Model;
using Gateway.Observability;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration;

/// <summary>Adds the configuration: files, secrets directory, environment and command line, checked and reloaded as one.</summary>
public static class ConfigurationExtensions
{
    /// <summary>Replaces the framework's sources. The configuration is checked when the host starts, before any listener opens.</summary>
    public static void AddGatewayConfiguration(this WebApplicationBuilder builder, string[] arguments)
    {
        var sources = new ConfigurationSources(GatewayArguments.Parse(arguments));
        var lastGood = new LastGoodConfiguration();
        lastGood.Replace(ReadForComposition(sources));
        builder.Configuration.Sources.Clear();
        ((IConfigurationBuilder)builder.Configuration).Add(lastGood);

        var adminKey = ChosenAdminKey.From(builder.Configuration);
        builder.Services.AddSingleton(adminKey).AddSingleton(new AdminKey(adminKey.Value));
        builder.Services.AddSingleton(sources).AddSingleton(lastGood).AddSingleton<ConfigurationLoader>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ProviderCatalog>();
        builder.Services.TryAddSingleton<GatewayMetrics>();
        builder.Services.AddHostedService<ConfigurationReload>();
    }

    /// <summary>Loads the configuration now, so that its errors can be printed without the host's own.</summary>
    /// <returns>One line for each error; empty when it is in force.</returns>
    public static Task<IReadOnlyList<string>> LoadConfigurationAsync(this WebApplication app) =>
        app.Services.GetRequiredService<ConfigurationLoader>().LoadAsync();

    // The services are composed from this. A wrong value would make them throw one by one, so it is left out; the load then reports all errors.
    private static IConfiguration ReadForComposition(ConfigurationSources sources)
    {
        var errors = new ConfigurationErrors();
        var root = sources.Read(errors);
        if (root is not null)
        {
            _ = GatewayConfiguration.Parse(root, errors);
        }

        return root is not null && errors.Lines.Count == 0 ? root : new ConfigurationBuilder().Build();
    }
}

/// <summary>
/// The configuration that the application sees: a copy of the last one that passed every check. A file that is wrong or half written is
/// never visible through it.
/// </summary>
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
public sealed class InvalidConfigurationException(IReadOnlyList<string> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    /// <summary>One line each: key, value unless it is a secret, rule.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
