namespace Gateway.Configuration.Reading;

/// <summary>The errors of a configuration, one line each: key, value unless it is a secret, rule.</summary>
internal sealed class ConfigurationErrors
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    /// <param name="key">The key as in a file, parts separated by colons.</param>
    /// <param name="value">Printed between quotes, unless the key holds a secret.</param>
    /// <param name="rule">The broken rule, as the end of the sentence; never contains a value.</param>
    public void Add(string key, string value, string rule) =>
        _lines.Add(SecretKeys.Contains(key) ? $"{key}: the value {rule}" : $"{key}: '{SecretKeys.Show(value)}' {rule}");

    /// <summary>An error without a value: a key is missing, or must not be there.</summary>
    public void Add(string key, string rule) => _lines.Add($"{key}: {rule}");

    /// <summary>Complete lines of another checker; user information of addresses is removed.</summary>
    public void AddRange(IEnumerable<string> lines) => _lines.AddRange(lines.Select(SecretKeys.WithoutUserInformation));

    /// <summary>Reports a key that is not in the schema. The value is not printed: a mistyped key may hold a secret.</summary>
    public void AddUnknownKey(IConfigurationSection member, IEnumerable<string> known) => Add(
        member.Path,
        FindClosest(member.Key, known) is { } closest
            ? $"unknown key; did you mean {closest}?"
            : $"unknown key; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}");

    // Null when no known word is near: a third of its letters may differ, or two of a short one.
    private static string? FindClosest(string word, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (candidate, distance: Distance(word, candidate))).MinBy(static pair => pair.distance);
        return best.candidate is not null && best.distance <= Math.Max(2, best.candidate.Length / 3) ? best.candidate : null;
    }

    // Levenshtein distance, one row at a time, ignoring case as configuration keys do.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var cost = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost));
            }
        }

        return row[^1];
    }
}
