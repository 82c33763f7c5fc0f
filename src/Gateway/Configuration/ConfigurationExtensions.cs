using Gateway.Model;
using Gateway.Observability;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Configuration;

/// <summary>Files, secrets directory, environment and command line, checked as one and reloaded as one.</summary>
public static class ConfigurationExtensions
{
    /// <summary>Replaces the framework's sources. What is read here is checked when the host starts, before any listener opens.</summary>
    public static void AddGatewayConfiguration(this WebApplicationBuilder builder, string[] arguments)
    {
        var sources = new ConfigurationSources(GatewayArguments.Parse(arguments));
        var live = new LastGoodConfiguration();
        live.Replace(ReadSound(sources));
        builder.Configuration.Sources.Clear();
        ((IConfigurationBuilder)builder.Configuration).Add(live);

        var adminKey = ChosenAdminKey.From(builder.Configuration);
        builder.Services.AddSingleton(adminKey).AddSingleton(new AdminKey(adminKey.Value));
        builder.Services.AddSingleton(sources).AddSingleton(live);
        builder.Services.AddSingleton<ConfigurationTargets>().AddSingleton<ConfigurationLoader>();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<ProviderCatalog>();
        builder.Services.TryAddSingleton<GatewayMetrics>();
        builder.Services.AddHostedService<ConfigurationReload>();
    }

    // What the parts are built from. A value that breaks a rule would have them throw one by one: it is left to the load, which tells of all.
    private static IConfiguration ReadSound(ConfigurationSources sources)
    {
        var errors = new ConfigurationErrors();
        var root = sources.Read(errors);
        if (root is not null)
        {
            _ = GatewayConfiguration.Parse(root, errors);
        }

        return root is not null && errors.Lines.Count == 0 ? root : new ConfigurationBuilder().Build();
    }

    /// <summary>Loads the configuration now, so that its errors can be shown by themselves.</summary>
    /// <returns>One line for each error; empty when it is in force.</returns>
    public static Task<IReadOnlyList<string>> LoadConfigurationAsync(this WebApplication app) =>
        app.Services.GetRequiredService<ConfigurationLoader>().LoadAsync();
}
