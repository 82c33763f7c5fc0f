namespace Gateway.Configuration;

/// <summary>The gateway was started with a configuration that has errors.</summary>
public sealed class InvalidConfigurationException(IReadOnlyList<string> errors)
    : Exception(string.Join(Environment.NewLine, errors))
{
    /// <summary>One line each: key, value unless it is a secret, rule.</summary>
    public IReadOnlyList<string> Errors { get; } = errors;
}
