using System.Text.Json;

namespace Gateway.Tokens.TokenEndpoint;

/// <summary>Reads a metadata document. It decides where grants go, so what is odd in it makes all of it worthless.</summary>
internal static class ServerMetadataReader
{
    private static readonly string[] WellKnown = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];

    /// <returns>Null when it is no such document, when it is another issuer's, or when an endpoint is not where tokens may go.</returns>
    public static ServerMetadata? Read(ReadOnlyMemory<byte> body, Uri address)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Read(document.RootElement, address) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static ServerMetadata? Read(JsonElement root, Uri address)
    {
        var issuer = Text(root, "issuer");
        if (issuer is null || !IssuersOf(address.AbsoluteUri).Contains(issuer, StringComparer.Ordinal))
        {
            return null;
        }

        return TryEndpoint(root, "authorization_endpoint", address, out var authorization)
            && TryEndpoint(root, "token_endpoint", address, out var token)
            && TryEndpoint(root, "revocation_endpoint", address, out var revocation)
            ? new(issuer, authorization, token, revocation, SendsIssuer(root))
            : null;
    }

    // OpenID appends to the issuer; RFC 8414 section 3 puts the well-known part between host and path, and some servers append it too.
    private static IEnumerable<string> IssuersOf(string address)
    {
        foreach (var mark in WellKnown)
        {
            var at = address.IndexOf(mark, StringComparison.Ordinal);
            if (at >= 0)
            {
                // An issuer that ends in a slash loses it in the address (OpenID Connect Discovery section 4).
                var issuer = address.Remove(at, mark.Length).TrimEnd('/');
                yield return issuer;
                yield return issuer + "/";
            }
        }
    }

    private static bool TryEndpoint(JsonElement root, string name, Uri address, out Uri? endpoint)
    {
        endpoint = null;
        return Text(root, name) is not { } text
            || (Uri.TryCreate(text, UriKind.Absolute, out endpoint) && endpoint.UserInfo.Length == 0 && endpoint.Fragment.Length == 0 && IsSafe(endpoint, address));
    }

    // Plain http only where the document itself came over loopback.
    private static bool IsSafe(Uri endpoint, Uri address) =>
        endpoint.Scheme == Uri.UriSchemeHttps || (endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback && address.IsLoopback);

    private static bool SendsIssuer(JsonElement root) =>
        root.TryGetProperty("authorization_response_iss_parameter_supported", out var flag) && flag.ValueKind == JsonValueKind.True;

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
