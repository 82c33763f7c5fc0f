using Gateway.Configuration;
using Gateway.Configuration.Reading;

namespace Gateway.Tests.Configuration;

/// <summary>The files of <c>config/</c>, copied beside the program by the build.</summary>
internal static class ShippedConfiguration
{
    public static string File { get; } = Path.Combine(AppContext.BaseDirectory, "config", "gateway.json");

    public static string Schema { get; } = Path.Combine(AppContext.BaseDirectory, "config", "gateway.schema.json");

    public static (IConfigurationRoot Root, GatewayConfiguration Configuration) Load()
    {
        var errors = new ConfigurationErrors();
        var root = new ConfigurationSources(GatewayArguments.Parse(["--config", File])).Read(errors)!;
        var configuration = GatewayConfiguration.Parse(root, errors);
        Assert.Empty(errors.Lines);
        return (root, configuration);
    }
}
