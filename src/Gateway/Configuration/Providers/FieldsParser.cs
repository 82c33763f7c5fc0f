using System.Collections.Frozen;
using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Configuration.Providers;

/// <summary>
/// The declared fields of a connection. A field that an address needs, or that nothing injects, is public; a field that only
/// <c>Inject</c> uses is a secret whose pattern is known.
/// </summary>
internal static class FieldsParser
{
    public static (FrozenDictionary<string, Regex> Public, FrozenDictionary<string, Regex> Secret) Parse(SectionReader block, ProviderDraft draft)
    {
        var declared = new Dictionary<string, Regex>(StringComparer.Ordinal);
        foreach (var field in block.Map("Fields"))
        {
            CheckName(block, field);
            if (ReadPattern(block.Errors, field) is { } pattern)
            {
                declared[field.Key] = pattern;
            }
        }

        var inAddresses = CheckAddresses(block, draft);
        bool IsPublic(string name) => inAddresses.Contains(name) || !draft.Injection.FieldNames.Contains(name, StringComparer.Ordinal);
        return (Select(declared, IsPublic), Select(declared, name => !IsPublic(name)));
    }

    /// <summary>Non-backtracking: an operator's pattern meets an outsider's value in linear time. Anchored here, whatever the pattern says.</summary>
    internal static Regex? ReadPattern(ConfigurationErrors errors, IConfigurationSection field)
    {
        try
        {
            _ = new Regex(field.Value ?? "", RegexOptions.NonBacktracking);
            return new Regex($@"\A(?:{field.Value})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            errors.Add(field.Path, field.Value ?? "", "is not a regular expression (without look-around and back-references)");
            return null;
        }
    }

    private static void CheckName(SectionReader block, IConfigurationSection field)
    {
        if (field.Key == Injection.AccessToken)
        {
            block.Errors.Add(field.Path, "is the name of the current token, not of a field");
        }

        if (block.Map("Secrets").Any(secret => string.Equals(secret.Key, field.Key, StringComparison.OrdinalIgnoreCase)))
        {
            block.Errors.Add(field.Path, "is also among Secrets; one name, one meaning");
        }
    }

    private static HashSet<string> CheckAddresses(SectionReader block, ProviderDraft draft)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (key, address) in draft.Addresses)
        {
            foreach (var name in address.FieldNames.Where(name => !block.Map("Fields").Any(field => field.Key == name)))
            {
                block.Errors.Add(block.KeyOf(key), $"{{{name}}} is not declared in Fields");
            }

            used.UnionWith(address.FieldNames);
        }

        return used;
    }

    private static FrozenDictionary<string, Regex> Select(Dictionary<string, Regex> fields, Func<string, bool> wanted) =>
        fields.Where(field => wanted(field.Key)).ToFrozenDictionary(static field => field.Key, static field => field.Value, StringComparer.Ordinal);
}
