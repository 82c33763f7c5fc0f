using Gateway.Model;
using Gateway.Onboarding.Links;

namespace Gateway.Onboarding.Consent;

/// <summary>
/// The public fields of a connection to be: what the link says, else what is stored already, else what the owner enters. What is known is
/// not asked, so that connecting again stays with the same account and the same host.
/// </summary>
internal sealed class ConsentFields
{
    private readonly Provider _provider;

    public ConsentFields(Provider provider, ConnectLink link, Connection? stored)
    {
        _provider = provider;
        Known = Merge(link.Fields, stored?.Fields);
        Asked = [.. provider.Fields.Keys.Where(name => !Known.ContainsKey(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>What is known before the owner says anything.</summary>
    public IReadOnlyDictionary<string, string> Known { get; }

    /// <summary>What the owner is asked for.</summary>
    public IReadOnlyList<string> Asked { get; }

    /// <summary>All fields, or the names of those that the owner has to correct.</summary>
    public (IReadOnlyDictionary<string, string> Fields, IReadOnlyList<string> Wrong) Complete(IFormCollection form)
    {
        var fields = new Dictionary<string, string>(Known, StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var name in Asked)
        {
            if (form[FormName(name)] is [{ } text] && _provider.Fields[name].IsMatch(text.Trim()))
            {
                fields[name] = text.Trim();
            }
            else
            {
                wrong.Add(name);
            }
        }

        return (fields, wrong);
    }

    /// <summary>The name of a field's input.</summary>
    public static string FormName(string field) => $"field.{field}";

    // Fields that the provider no longer has, or whose pattern became another, are forgotten.
    private Dictionary<string, string> Merge(IReadOnlyDictionary<string, string> first, IReadOnlyDictionary<string, string>? second) =>
        first.Concat((second ?? new Dictionary<string, string>(StringComparer.Ordinal)).Where(field => !first.ContainsKey(field.Key) && IsAsked(field.Key)))
            .Where(field => ConnectLinkDraft.PatternOf(_provider, field.Key)?.IsMatch(field.Value) == true)
            .ToDictionary(static field => field.Key, static field => field.Value, StringComparer.Ordinal);

    // Of what earlier answers brought, only the account's identity is an expectation.
    private bool IsAsked(string name) => _provider.Fields.ContainsKey(name) || name == _provider.Onboarding.Identity;
}
