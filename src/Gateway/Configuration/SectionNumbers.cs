using System.Globalization;

namespace Gateway.Configuration;

/// <summary>Whole numbers.</summary>
internal static class SectionNumbers
{
    /// <summary>From 1 to <paramref name="largest"/>.</summary>
    public static int Count(this SectionReader section, string name, int otherwise, int largest)
    {
        if (section.Text(name) is not { } text)
        {
            return otherwise;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= largest)
        {
            return count;
        }

        section.Errors.Add(section.KeyOf(name), text, string.Create(CultureInfo.InvariantCulture, $"is not a whole number from 1 to {largest}"));
        return otherwise;
    }
}
