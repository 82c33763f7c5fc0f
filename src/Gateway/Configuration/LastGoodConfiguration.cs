namespace Gateway.Configuration;

/// <summary>
/// The application's configuration: a copy of the last one that passed every check. A file half written or wrong never shows
/// through it, whoever reads.
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
