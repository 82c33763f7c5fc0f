namespace Gateway.Configuration;

/// <summary>Everything that is wrong with a configuration, one line each: key, value unless it is a secret, rule.</summary>
internal sealed class ConfigurationErrors
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <param name="key">The key as in a file, parts separated by colons.</param>
    /// <param name="value">Shown between quotes, unless the key holds a secret.</param>
    /// <param name="rule">What the value is not, continuing the sentence; never contains a value.</param>
    public void Add(string key, string value, string rule) =>
        _lines.Add(SecretKeys.Contains(key) ? $"{key}: the value {rule}" : $"{key}: '{SecretKeys.Show(value)}' {rule}");

    /// <summary>An error without a value: something is missing or there is too much of it.</summary>
    public void Add(string key, string rule) => _lines.Add($"{key}: {rule}");

    /// <summary>Lines of another checker that names key, value and rule itself; user information of addresses is cut away.</summary>
    public void AddRange(IEnumerable<string> lines) => _lines.AddRange(lines.Select(SecretKeys.WithoutUserInformation));
}
