using System.Net.Http.Headers;
using System.Text;

using Gateway.Model;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>An authorization code and what must accompany it (RFC 6749 section 4.1.3).</summary>
/// <param name="Code">From the callback; works once.</param>
/// <param name="RedirectUri">Byte for byte as in the authorization request.</param>
/// <param name="Verifier">Of PKCE (RFC 7636 section 4.5); empty without PKCE.</param>
internal sealed record CodeRedemption(Secret Code, string RedirectUri, Secret Verifier);

/// <summary>The request for a token: the grant's form and one proof of the client.</summary>
internal static class TokenRequest
{
    /// <summary>The grant's own parameters: RFC 6749 section 6, or 4.4.2 for client credentials.</summary>
    public static List<KeyValuePair<string, string>> FormOf(OAuthClient client, Grant grant)
    {
        // Without a scope a refresh gets what was granted (section 6), and can't ask for more by mistake.
        if (client.Grant == OAuthGrant.AuthorizationCode)
        {
            return [new("grant_type", "refresh_token"), new("refresh_token", grant.RefreshToken.Reveal())];
        }

        List<KeyValuePair<string, string>> form = [new("grant_type", "client_credentials")];
        if (client.Scopes.Count > 0)
        {
            form.Add(new("scope", string.Join(' ', client.Scopes)));
        }

        return form;
    }

    /// <summary>RFC 6749 section 4.1.3, with the verifier of RFC 7636 section 4.5.</summary>
    public static List<KeyValuePair<string, string>> FormOf(CodeRedemption redemption)
    {
        List<KeyValuePair<string, string>> form =
        [
            new("grant_type", "authorization_code"), new("code", redemption.Code.Reveal()), new("redirect_uri", redemption.RedirectUri),
        ];
        if (!redemption.Verifier.IsEmpty)
        {
            form.Add(new("code_verifier", redemption.Verifier.Reveal()));
        }

        return form;
    }

    public static HttpRequestMessage Create(
        Uri endpoint, OAuthClient client, Secret clientSecret, IEnumerable<KeyValuePair<string, string>> form)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (client.ClientAuthentication == ClientAuthentication.Basic)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", BasicOf(client.ClientId, clientSecret));
        }
        else
        {
            form = [.. form, new("client_id", client.ClientId), new("client_secret", clientSecret.Reveal())];
        }

        request.Content = new FormUrlEncodedContent(form);
        return request;
    }

    // RFC 6749 section 2.3.1: form-url-encoded first, so that a colon in the id is not taken for the separator.
    private static string BasicOf(string id, Secret secret) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes($"{FormEncode(id)}:{FormEncode(secret.Reveal())}"));

    private static string FormEncode(string value) => Uri.EscapeDataString(value).Replace("%20", "+", StringComparison.Ordinal);
}
