using System.Net;

using Gateway.Model;

namespace Gateway.Onboarding.Pages;

/// <summary>
/// The origins of <c>form-action</c>. Chromium holds the whole chain of redirections after a form against it: the provider's authorization
/// host, the sign-in that it may send the browser to before anybody did anything, and, where nothing is asked, our own callback again.
/// </summary>
internal static class FormTargets
{
    public static string Of(Provider provider, IReadOnlyDictionary<string, string> known, Uri? discovered)
    {
        var sources = new List<string> { "'self'" };
        if (provider.OAuth is { } client)
        {
            Add(client.AuthorizationEndpoint?.Text ?? (discovered ?? client.Discovery!).AbsoluteUri, known, sources);
        }

        if (provider.Onboarding.Key is { } key)
        {
            Add(key.AuthorizationUrl.AbsoluteUri, known, sources);
        }

        return string.Join(' ', sources.Concat(provider.Onboarding.SignInOrigins).Distinct(StringComparer.Ordinal));
    }

    // The host as it is, and its siblings: api.bokio.se sends owners to app.bokio.se to sign in.
    private static void Add(string address, IReadOnlyDictionary<string, string> known, List<string> sources)
    {
        var place = new UriBuilder(TextTemplate.TryParse(address, out var template) ? template.Expand(name => known.GetValueOrDefault(name) ?? "any") : address);
        var port = new Uri(place.Uri.GetLeftPart(UriPartial.Authority)).IsDefaultPort ? "" : $":{place.Port}";
        if (template?.FieldNames.All(known.ContainsKey) == true)
        {
            sources.Add($"{place.Scheme}://{place.Host}{port}");
        }

        var labels = place.Host.Split('.');
        if (labels.Length > 2 && !IPAddress.TryParse(place.Host.Trim('[', ']'), out _))
        {
            sources.Add($"{place.Scheme}://*.{string.Join('.', labels[1..])}{port}");
        }
    }
}
