using Gateway.Model;

namespace Gateway.Tokens;

/// <summary>A call of the gateway's own to a provider, with a credential of that provider in it: to verify it, or to disconnect.</summary>
internal static class CredentialRequest
{
    /// <param name="method">GET or DELETE: there is no body.</param>
    /// <param name="credential">Rendered, with the origin that it belongs to.</param>
    /// <param name="path">Path and query below that origin.</param>
    public static HttpRequestMessage Create(HttpMethod method, Credential credential, string path)
    {
        var request = new HttpRequestMessage(method, AddressOf(credential, path));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        foreach (var (name, value) in credential.Headers)
        {
            request.Headers.Remove(name);
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static Uri AddressOf(Credential credential, string path)
    {
        var address = $"{credential.Origin.AbsoluteUri.TrimEnd('/')}/{path.TrimStart('/')}";
        foreach (var (name, value) in credential.Query)
        {
            address += $"{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={value}";
        }

        return new Uri(address);
    }
}
