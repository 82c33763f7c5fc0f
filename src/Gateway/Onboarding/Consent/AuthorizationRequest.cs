using System.Text;

using Gateway.Model;

namespace Gateway.Onboarding.Consent;

/// <summary>The address that an owner's browser is sent to.</summary>
internal static class AuthorizationRequest
{
    /// <summary>RFC 6749 section 4.1.1, with the challenge of RFC 7636 section 4.3.</summary>
    public static string For(OAuthClient client, Uri endpoint, PendingConsent consent, string state)
    {
        List<KeyValuePair<string, string>> parameters =
        [
            new("response_type", "code"), new("client_id", client.ClientId), new("redirect_uri", consent.RedirectUri), new("state", state),
        ];
        if (consent.Scopes.Count > 0)
        {
            parameters.Add(new("scope", string.Join(' ', consent.Scopes)));
        }

        if (consent.Verifier.Length > 0)
        {
            parameters.Add(new("code_challenge", Pkce.ChallengeOf(consent.Verifier)));
            parameters.Add(new("code_challenge_method", Pkce.Method));
        }

        // A parameter over a field that nobody gave is left out: the provider asks its owner instead.
        parameters.AddRange(client.AuthorizationParameters
            .Where(parameter => parameter.Value.FieldNames.All(consent.Fields.ContainsKey))
            .Select(parameter => KeyValuePair.Create(parameter.Key, parameter.Value.Expand(name => consent.Fields[name]))));
        return Append(endpoint, parameters);
    }

    /// <summary>Where keys are handed out: what is asked for, and the state.</summary>
    public static string For(KeyOnboarding key, PendingConsent consent, string state) => Append(
        key.AuthorizationUrl,
        consent.Scopes.Count > 0 ? [new("permissions", string.Join(',', consent.Scopes)), new("state", state)] : [new("state", state)]);

    private static string Append(Uri address, IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var text = new StringBuilder(address.AbsoluteUri);
        var separator = address.Query.Length > 0 ? '&' : '?';
        foreach (var (name, value) in parameters)
        {
            text.Append(separator).Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return text.ToString();
    }
}
