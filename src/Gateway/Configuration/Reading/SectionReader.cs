using System.Globalization;

using Gateway.Model;

namespace Gateway.Configuration.Reading;

/// <summary>
/// Reads one object of the configuration. Each key that was asked for is known; <see cref="RefuseUnknownKeys"/> reports the others. A value
/// that breaks a rule is reported and replaced by the default, so that reading goes on and finds the next error.
/// </summary>
internal sealed class SectionReader(IConfigurationSection section, ConfigurationErrors errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public ConfigurationErrors Errors => errors;

    /// <summary>The full key of a member, for errors.</summary>
    public string KeyOf(string name) => $"{section.Path}:{name}";

    public void Refuse(string name, string rule) => errors.Add(KeyOf(name), rule);

    public void Refuse(string name, string value, string rule) => errors.Add(KeyOf(name), value, rule);

    /// <summary>True when the member has a value or members of its own.</summary>
    public bool Has(string name) => Member(name) is { } member && (!string.IsNullOrEmpty(member.Value) || member.GetChildren().Any());

    /// <summary>True when the key is present with an empty value.</summary>
    public bool IsEmpty(string name) => Member(name).Value is "";

    /// <returns>Null when the key is absent or empty; that is an error when it is required.</returns>
    public string? GetText(string name, bool isRequired = false)
    {
        var member = Member(name);
        if (member.GetChildren().Any())
        {
            errors.Add(member.Path, "is an object or a list where one value is wanted");
        }
        else if (isRequired && string.IsNullOrEmpty(member.Value))
        {
            errors.Add(member.Path, "missing");
        }

        return string.IsNullOrEmpty(member.Value) ? null : member.Value;
    }

    /// <returns>Empty when the key is missing, which is reported.</returns>
    public string GetRequiredText(string name) => GetText(name, isRequired: true) ?? "";

    public bool GetBoolean(string name, bool defaultValue) =>
        Get(name, defaultValue, static text => bool.TryParse(text, out var flag) ? (flag, null) : (flag, "is neither true nor false"));

    /// <summary>A member of an enumeration by its name, ignoring case; numbers are refused.</summary>
    public T? GetEnum<T>(string name)
        where T : struct, Enum => Get<T?>(name, null, static text => Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase)
            ? (Enum.Parse<T>(text, ignoreCase: true), null)
            : (null, $"is none of {string.Join(", ", Enum.GetNames<T>())}"));

    /// <summary>A whole number from 1 to <paramref name="maximum"/>.</summary>
    public int GetCount(string name, int defaultValue, int maximum) => Get(name, defaultValue, text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= maximum
            ? (count, null)
            : (count, $"is not a whole number from 1 to {maximum}"));

    /// <summary>A duration as <c>hh:mm:ss</c>, with days in front when needed (<c>1.00:00:00</c>).</summary>
    public TimeSpan GetDuration(string name, TimeSpan defaultValue, bool allowZero = false, TimeSpan? maximum = null) =>
        Get(name, defaultValue, text =>
        {
            // TimeSpan would read a number without a colon as days.
            var value = TimeSpan.Zero;
            var isDuration = text.Contains(':') && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value);
            return (value, !isDuration ? "is not a duration like 00:05:00"
                : value < TimeSpan.Zero && allowZero ? "is negative"
                : value <= TimeSpan.Zero && !allowZero ? "is not longer than 00:00:00"
                : value > maximum ? $"is longer than {maximum:c}"
                : null);
        });

    /// <summary>An address that may hold <c>{field}</c>s; null when it is absent or wrong, which is reported.</summary>
    public UriTemplate? GetUriTemplate(string name) => GetText(name) is { } text ? ParseUri(name, text, text, hasQuery: false) : null;

    /// <summary>An address without fields; null when it is absent or wrong, which is reported.</summary>
    public Uri? GetUri(string name, bool mayHaveQuery = false)
    {
        if (GetText(name) is not { } text)
        {
            return null;
        }

        var address = mayHaveQuery ? text.Split('?', 2)[0] : text;
        var isConstant = !address.Contains('{', StringComparison.Ordinal) && !text.Contains('#', StringComparison.Ordinal);
        return ParseUri(name, text, isConstant ? address : "", mayHaveQuery) is null ? null : new Uri(text);
    }

    /// <summary>The items of a list, none of them empty, each following <paramref name="rule"/>.</summary>
    public IReadOnlyList<string> GetList(string name, Func<string, bool>? isValid = null, string rule = "")
    {
        var items = GetMap(name, "is not a list").ToList();
        foreach (var item in items)
        {
            if (string.IsNullOrWhiteSpace(item.Value))
            {
                errors.Add(item.Path, "is not a text with at least one character");
            }
            else if (isValid?.Invoke(item.Value) == false)
            {
                errors.Add(item.Path, item.Value, rule);
            }
        }

        return [.. items.Select(static item => item.Value ?? "")];
    }

    /// <summary>The members of an object whose names are free.</summary>
    public IEnumerable<IConfigurationSection> GetMap(string name) => GetMap(name, "is not an object");

    /// <summary>An object inside this one.</summary>
    public SectionReader GetObject(string name)
    {
        _ = GetMap(name);
        return new SectionReader(Member(name), errors);
    }

    /// <summary>Reports every key that was not asked for; to be called last.</summary>
    public void RefuseUnknownKeys()
    {
        foreach (var unknown in section.GetChildren().Where(child => !_known.Contains(child.Key)))
        {
            errors.AddUnknownKey(unknown, _known);
        }
    }

    private T Get<T>(string name, T defaultValue, Func<string, (T Value, string? BrokenRule)> parse)
    {
        if (GetText(name) is not { } text)
        {
            return defaultValue;
        }

        var (value, rule) = parse(text);
        if (rule is null)
        {
            return value;
        }

        Refuse(name, text, rule);
        return defaultValue;
    }

    private IEnumerable<IConfigurationSection> GetMap(string name, string rule)
    {
        var member = Member(name);
        if (!string.IsNullOrEmpty(member.Value))
        {
            errors.Add(member.Path, member.Value, rule);
        }

        return member.GetChildren();
    }

    private UriTemplate? ParseUri(string name, string text, string address, bool hasQuery)
    {
        if (UriTemplate.TryParse(address, out var template))
        {
            return template;
        }

        var excluded = hasQuery ? "user information or fragment" : "user information, query or fragment";
        Refuse(name, text, $"is not an absolute https URI (http to loopback only) without {excluded}");
        return null;
    }

    private IConfigurationSection Member(string name)
    {
        _known.Add(name);
        return section.GetSection(name);
    }
}
