using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Onboarding.Links;

/// <summary>Checks what an operator says about a link against the provider.</summary>
internal static class ConnectLinkDraft
{
    /// <param name="provider">The provider in force.</param>
    /// <param name="input">The body.</param>
    /// <param name="settings">Says where links may lead.</param>
    /// <returns>A sentence for each thing that is wrong; values are not quoted.</returns>
    public static IReadOnlyList<string> Check(Provider provider, ConnectLinkInput input, ConnectSettings settings)
    {
        var errors = new List<string>();
        foreach (var (name, value) in input.Fields ?? [])
        {
            CheckField(provider, name, value, errors);
        }

        if (input.Scopes is { } scopes && (scopes.Count == 0 || scopes.Except(provider.WantedScopes(), StringComparer.Ordinal).Any()))
        {
            errors.Add("scopes: at least one, and none that is not configured for the provider");
        }

        if (input.ReturnTo is { } target && !ReturnTarget.IsAllowedPath(target, settings.ReturnPaths))
        {
            errors.Add("returnTo: not a plain path below one of Connect:ReturnPaths");
        }

        return errors;
    }

    /// <summary>The pattern of a field that a link or an owner may bring; null when there is no such field.</summary>
    public static Regex? PatternOf(Provider provider, string name) =>
        provider.Fields.GetValueOrDefault(name) ?? provider.Onboarding.Keep.GetValueOrDefault(name);

    private static void CheckField(Provider provider, string name, string? value, List<string> errors)
    {
        if (PatternOf(provider, name) is not { } pattern)
        {
            var known = provider.Fields.Keys.Concat(provider.Onboarding.Keep.Keys).Order(StringComparer.Ordinal).ToList();
            errors.Add($"fields: holds a name that is no public field of this provider; its fields are: {(known.Count > 0 ? string.Join(", ", known) : "none")}");
        }
        else if (value is null || !pattern.IsMatch(value))
        {
            errors.Add($"fields.{name}: does not match {pattern}");
        }
    }
}
