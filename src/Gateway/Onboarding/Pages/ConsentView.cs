using System.Net;
using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Onboarding.Pages;

/// <summary>What the consent page shows.</summary>
/// <param name="Provider">The provider in force.</param>
/// <param name="Name">Name of the connection to be.</param>
/// <param name="ExpiresAt">When the link ends.</param>
/// <param name="Scopes">What is asked for; empty for what the provider grants by itself.</param>
/// <param name="Known">Public fields that are known already.</param>
/// <param name="Asked">Public fields that the owner has to enter.</param>
/// <param name="Action">Address of the form.</param>
/// <param name="Notice">Why the attempt before failed; null at the first one.</param>
public sealed record ConsentView(
    Provider Provider, string Name, DateTimeOffset ExpiresAt, IReadOnlyList<string> Scopes, IReadOnlyDictionary<string, string> Known,
    IReadOnlyList<FieldView> Asked, string Action, Refusal? Notice)
{
    /// <summary>
    /// The CSP sources of <c>form-action</c>. Chromium holds the whole chain of redirections after a form against them: the provider's
    /// authorization host, a sign-in that it redirects to at once, and, where nothing is asked, the gateway's own callback.
    /// </summary>
    /// <param name="discovered">The authorization endpoint of the server's metadata; null when configured or unavailable.</param>
    public string FormTargets(Uri? discovered)
    {
        var sources = new List<string> { "'self'" };
        if (Provider.OAuth is { } client)
        {
            AddSources(client.AuthorizationEndpoint?.Text ?? (discovered ?? client.Discovery!).AbsoluteUri, sources);
        }

        if (Provider.Onboarding.Key is { } key)
        {
            AddSources(key.AuthorizationUrl.AbsoluteUri, sources);
        }

        return string.Join(' ', sources.Concat(Provider.Onboarding.SignInOrigins).Distinct(StringComparer.Ordinal));
    }

    // The host itself, and its siblings: api.bokio.se redirects owners to app.bokio.se to sign in.
    private void AddSources(string address, List<string> sources)
    {
        var text = TextTemplate.TryParse(address, out var template)
            ? template.Expand(name => Known.GetValueOrDefault(name) ?? "any")
            : address;
        var uri = new Uri(text);
        var port = uri.IsDefaultPort ? "" : $":{uri.Port}";
        if (template?.FieldNames.All(Known.ContainsKey) == true)
        {
            sources.Add($"{uri.Scheme}://{uri.Host}{port}");
        }

        var labels = uri.Host.Split('.');
        if (labels.Length > 2 && !IPAddress.TryParse(uri.Host.Trim('[', ']'), out _))
        {
            sources.Add($"{uri.Scheme}://*.{string.Join('.', labels[1..])}{port}");
        }
    }
}

/// <summary>A public field that the owner has to enter.</summary>
/// <param name="Name">As configured.</param>
/// <param name="Regex">What its value must match.</param>
/// <param name="Entered">What was entered before; null at the first attempt.</param>
/// <param name="IsWrong">True when that did not match.</param>
public sealed partial record FieldView(string Name, Regex Regex, string? Entered, bool IsWrong)
{
    private const string Head = @"\A(?:";
    private const string Tail = @")\z";

    /// <summary>Id and name of the input element.</summary>
    public string Id => InputName(Name);

    /// <summary>
    /// The pattern as written in the configuration, for the browser. Browsers compile it with the flag <c>v</c>, which requires that a
    /// hyphen at the end of a class is escaped.
    /// </summary>
    public string Pattern
    {
        get
        {
            var text = Regex.ToString();
            var isWrapped = text.StartsWith(Head, StringComparison.Ordinal) && text.EndsWith(Tail, StringComparison.Ordinal);
            return LastHyphen().Replace(isWrapped ? text[Head.Length..^Tail.Length] : text, @"\-]");
        }
    }

    /// <summary>Name of a field's input element.</summary>
    public static string InputName(string field) => $"field.{field}";

    [GeneratedRegex(@"(?<!\\)-\]", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LastHyphen();
}

/// <summary>What the last page shows. Kept for an hour, so that the page may be loaded again.</summary>
/// <param name="Provider">Its name.</param>
/// <param name="Name">Of the connection.</param>
/// <param name="Granted">Scopes.</param>
/// <param name="Missing">Scopes that were asked for and not granted.</param>
/// <param name="EndsAt">When the access ends by itself; null when it is renewed or never ends.</param>
/// <param name="ReturnTo">Where the page leads; null for nowhere.</param>
public sealed record ConnectionSummary(
    string Provider, string Name, IReadOnlyList<string> Granted, IReadOnlyList<string> Missing, DateTimeOffset? EndsAt, string? ReturnTo);
