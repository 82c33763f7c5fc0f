using System.Collections.Frozen;
using System.Text.RegularExpressions;

using Gateway.Configuration.Reading;
using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>
/// Reads the declared fields of a connection. A field that an address needs, or that nothing injects, is public; a field that only
/// <c>Inject</c> uses is a secret with a known pattern.
/// </summary>
internal static class FieldsParser
{
    public static (FrozenDictionary<string, Regex> Public, FrozenDictionary<string, Regex> Secret) Parse(
        SectionReader block, ProviderDraft draft)
    {
        var declared = ReadPatterns(block, "Fields", CheckName);
        var names = block.GetMap("Fields").Select(static field => field.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, address) in draft.Addresses)
        {
            foreach (var name in address.FieldNames.Where(name => !names.Contains(name)))
            {
                block.Refuse(key, $"{{{name}}} is not declared in Fields");
            }
        }

        var inAddresses = draft.Addresses.SelectMany(static pair => pair.Address.FieldNames).ToHashSet(StringComparer.Ordinal);
        var isPublic = declared.ToLookup(
            pair => inAddresses.Contains(pair.Key) || !draft.Injection.FieldNames.Contains(pair.Key, StringComparer.Ordinal));
        return (isPublic[true].ToFrozenDictionary(StringComparer.Ordinal), isPublic[false].ToFrozenDictionary(StringComparer.Ordinal));
    }

    /// <summary>
    /// An object of patterns by field name. They are compiled non-backtracking, so that a value from outside is matched in linear time, and
    /// anchored here.
    /// </summary>
    public static Dictionary<string, Regex> ReadPatterns(
        SectionReader section, string name, Action<SectionReader, IConfigurationSection>? check = null)
    {
        var patterns = new Dictionary<string, Regex>(StringComparer.Ordinal);
        foreach (var field in section.GetMap(name))
        {
            check?.Invoke(section, field);
            try
            {
                // Alone first: "a)|(b" is valid only inside the anchors.
                _ = new Regex(field.Value ?? "", RegexOptions.NonBacktracking);
                patterns[field.Key] = new Regex($@"\A(?:{field.Value})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            }
            catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
            {
                section.Errors.Add(field.Path, field.Value ?? "", "is not a regular expression (without look-around and back-references)");
            }
        }

        return patterns;
    }

    private static void CheckName(SectionReader block, IConfigurationSection field)
    {
        if (field.Key == Injection.AccessToken)
        {
            block.Errors.Add(field.Path, "is the name of the current token, not of a field");
        }

        if (block.GetMap("Secrets").Any(secret => string.Equals(secret.Key, field.Key, StringComparison.OrdinalIgnoreCase)))
        {
            block.Errors.Add(field.Path, "is also among Secrets; one name, one meaning");
        }
    }
}
