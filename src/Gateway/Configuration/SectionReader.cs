namespace Gateway.Configuration;

/// <summary>
/// One object of the configuration. A key that was asked for is known; <see cref="RefuseUnknownKeys"/> reports the others. Values that
/// break a rule are reported and replaced by the default, so that reading goes on and finds the next error.
/// </summary>
internal sealed class SectionReader(IConfigurationSection section, ConfigurationErrors errors)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    public ConfigurationErrors Errors => errors;

    /// <summary>The full key of a member, for errors.</summary>
    public string KeyOf(string name) => $"{section.Path}:{name}";

    /// <summary>True when the file says anything at all under this name.</summary>
    public bool Has(string name) => Member(name) is { } member && (!string.IsNullOrEmpty(member.Value) || member.GetChildren().Any());

    /// <summary>True when the key is there, with nothing in it.</summary>
    public bool IsEmpty(string name) => Member(name).Value is "";

    /// <returns>Null when the key is absent or empty.</returns>
    public string? Text(string name)
    {
        var member = Member(name);
        if (member.GetChildren().Any())
        {
            errors.Add(member.Path, "is an object or a list where one value is wanted");
        }

        return string.IsNullOrEmpty(member.Value) ? null : member.Value;
    }

    /// <returns>Empty when the key is missing, which is reported.</returns>
    public string Required(string name)
    {
        var text = Text(name);
        if (text is null && !Member(name).GetChildren().Any())
        {
            errors.Add(KeyOf(name), "missing");
        }

        return text ?? "";
    }

    public bool GetBoolean(string name, bool otherwise)
    {
        if (Text(name) is not { } text)
        {
            return otherwise;
        }

        if (!bool.TryParse(text, out var flag))
        {
            errors.Add(KeyOf(name), text, "is neither true nor false");
        }

        return flag;
    }

    /// <summary>A member of an enumeration by its name, case ignored; numbers are refused.</summary>
    public T? Choice<T>(string name)
        where T : struct, Enum
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (Enum.GetNames<T>().Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            return Enum.Parse<T>(text, ignoreCase: true);
        }

        errors.Add(KeyOf(name), text, $"is none of {string.Join(", ", Enum.GetNames<T>())}");
        return null;
    }

    /// <summary>The items of a list, none of them empty.</summary>
    public IReadOnlyList<string> List(string name)
    {
        var member = Member(name);
        if (!string.IsNullOrEmpty(member.Value))
        {
            errors.Add(member.Path, member.Value, "is not a list");
        }

        var items = member.GetChildren().ToList();
        foreach (var item in items.Where(static item => string.IsNullOrWhiteSpace(item.Value)))
        {
            errors.Add(item.Path, "is not a text with at least one character");
        }

        return [.. items.Select(static item => item.Value ?? "")];
    }

    /// <summary>The members of an object whose names the author chooses.</summary>
    public IEnumerable<IConfigurationSection> Map(string name)
    {
        var member = Member(name);
        if (!string.IsNullOrEmpty(member.Value))
        {
            errors.Add(member.Path, member.Value, "is not an object");
        }

        return member.GetChildren();
    }

    /// <summary>An object inside this one.</summary>
    public SectionReader Object(string name)
    {
        _ = Map(name);
        return new SectionReader(Member(name), errors);
    }

    /// <summary>Reports every key that nobody asked for; call it last. Values are not shown: a mistyped key may hold a secret.</summary>
    public void RefuseUnknownKeys()
    {
        foreach (var stranger in section.GetChildren().Where(child => !_known.Contains(child.Key)))
        {
            errors.Add(stranger.Path, Stranger(stranger.Key, _known));
        }
    }

    public static string Stranger(string key, IEnumerable<string> known) => Suggestion.For(key, known) is { } close
        ? $"unknown key; did you mean {close}?"
        : $"unknown key; known are {string.Join(", ", known.Order(StringComparer.Ordinal))}";

    private IConfigurationSection Member(string name)
    {
        _known.Add(name);
        return section.GetSection(name);
    }
}
