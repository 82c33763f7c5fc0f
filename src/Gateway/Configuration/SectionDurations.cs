using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Durations as <c>hh:mm:ss</c>, days in front when needed.</summary>
internal static class SectionDurations
{
    /// <summary>A duration longer than nothing, or the default.</summary>
    public static TimeSpan Duration(this SectionReader section, string name, TimeSpan otherwise) =>
        section.Duration(name, otherwise, static value => value > TimeSpan.Zero, "is not longer than 00:00:00");

    /// <summary>A duration of nothing or more, or the default.</summary>
    public static TimeSpan DurationOrZero(this SectionReader section, string name, TimeSpan otherwise) =>
        section.Duration(name, otherwise, static value => value >= TimeSpan.Zero, "is negative");

    private static TimeSpan Duration(this SectionReader section, string name, TimeSpan otherwise, Func<TimeSpan, bool> allowed, string rule)
    {
        if (section.Text(name) is not { } text)
        {
            return otherwise;
        }

        // A bare number would be taken for days, which nobody means.
        if (!text.Contains(':', StringComparison.Ordinal) || !TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out var value))
        {
            section.Errors.Add(section.KeyOf(name), text, "is not a duration like 00:05:00");
            return otherwise;
        }

        if (!allowed(value))
        {
            section.Errors.Add(section.KeyOf(name), text, rule);
            return otherwise;
        }

        return value;
    }
}
