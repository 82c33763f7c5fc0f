using Gateway.Model;
using Gateway.Onboarding.Links;
using Gateway.Onboarding.Pages;

namespace Gateway.Onboarding.Consent;

/// <summary>
/// The public fields of a connection to be: from the link, else from the stored connection, else from the owner. The owner is not asked for
/// what is known, so that connecting again stays with the same account and the same host.
/// </summary>
internal sealed class ConsentFields
{
    private readonly Provider _provider;

    public ConsentFields(Provider provider, ConnectLink link, Connection? stored)
    {
        _provider = provider;

        // Of the stored fields, those that earlier answers brought are no expectation, except the account's identity.
        Known = link.Fields
            .Concat((stored?.Fields ?? new Dictionary<string, string>(StringComparer.Ordinal)).Where(field =>
                !link.Fields.ContainsKey(field.Key)
                && (provider.Fields.ContainsKey(field.Key) || field.Key == provider.Onboarding.Identity)))

            // Fields that were removed from the configuration, or whose pattern has changed, are dropped.
            .Where(field => provider.FieldPattern(field.Key)?.IsMatch(field.Value) == true)
            .ToDictionary(static field => field.Key, static field => field.Value, StringComparer.Ordinal);
        Asked = [.. provider.Fields.Keys.Where(name => !Known.ContainsKey(name)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Fields that are known before the owner enters anything.</summary>
    public IReadOnlyDictionary<string, string> Known { get; }

    /// <summary>Fields that the owner is asked for.</summary>
    public IReadOnlyList<string> Asked { get; }

    /// <summary>All fields, and the names of those that the owner has to correct.</summary>
    public (IReadOnlyDictionary<string, string> Fields, IReadOnlyList<string> Wrong) Complete(IFormCollection form)
    {
        var fields = new Dictionary<string, string>(Known, StringComparer.Ordinal);
        var wrong = new List<string>();
        foreach (var name in Asked)
        {
            if (form[FieldView.InputName(name)] is [{ } text] && _provider.Fields[name].IsMatch(text.Trim()))
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

    /// <summary>The input elements of the page.</summary>
    /// <param name="form">What was entered before; null at the first attempt.</param>
    /// <param name="wrong">Names of the fields to correct.</param>
    public IReadOnlyList<FieldView> ToViews(IFormCollection? form, IReadOnlyList<string> wrong) =>
        [.. Asked.Select(name => new FieldView(
            name, _provider.Fields[name], form?[FieldView.InputName(name)].ToString(), wrong.Contains(name, StringComparer.Ordinal)))];
}
