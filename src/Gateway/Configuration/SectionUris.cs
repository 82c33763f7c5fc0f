using Gateway.Model;

namespace Gateway.Configuration;

/// <summary>Addresses: https, or http where nothing leaves the machine.</summary>
internal static class SectionUris
{
    private const string Rule = "is not an absolute https URI (http to loopback only) without user information, query or fragment";

    /// <summary>A place that may hold <c>{field}</c>s; null when it is absent or wrong, which is reported.</summary>
    public static UriTemplate? Template(this SectionReader section, string name)
    {
        if (section.Text(name) is not { } text)
        {
            return null;
        }

        if (!UriTemplate.TryParse(text, out var template))
        {
            section.Errors.Add(section.KeyOf(name), text, Rule);
        }

        return template;
    }

    /// <summary>A place without fields; null when it is absent or wrong, which is reported.</summary>
    /// <param name="section">Where.</param>
    /// <param name="name">The key.</param>
    /// <param name="mayHaveQuery">True when a query belongs to it.</param>
    public static Uri? Address(this SectionReader section, string name, bool mayHaveQuery = false)
    {
        if (section.Text(name) is not { } text)
        {
            return null;
        }

        var place = mayHaveQuery ? text.Split('?', 2)[0] : text;
        if (UriTemplate.TryParse(place, out var template) && template.FieldNames.Count == 0 && !text.Contains('#', StringComparison.Ordinal))
        {
            return new Uri(text);
        }

        section.Errors.Add(section.KeyOf(name), text, mayHaveQuery ? Rule.Replace(", query or", " or", StringComparison.Ordinal) : Rule);
        return null;
    }
}
