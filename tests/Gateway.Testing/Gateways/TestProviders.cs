using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Testing;

/// <summary>One provider of each shape, at invented hosts.</summary>
internal static class TestProviders
{
    /// <summary>Authorization code, like Bokio and bexio.</summary>
    public static Provider Code(string origin = "https://code.invalid") => new()
    {
        Name = "code",
        Kind = ProviderKind.OAuth2,
        Origin = Uri(origin),
        Injection = Injection.Bearer,
        OAuth = Client(OAuthGrant.AuthorizationCode, origin),
        VerifyPath = Text("/me"),
    };

    /// <summary>Client credentials, like Bokio's general API.</summary>
    public static Provider Machine(string origin = "https://machine.invalid") => new()
    {
        Name = "machine",
        Kind = ProviderKind.OAuth2,
        Origin = Uri(origin),
        Injection = Injection.Bearer,
        OAuth = Client(OAuthGrant.ClientCredentials, origin),
    };

    /// <summary>Authorization code with a host per connection, like Bipsync.</summary>
    public static Provider Hosted() => new()
    {
        Name = "hosted",
        Kind = ProviderKind.OAuth2,
        Origin = Uri("https://{client}-api.invalid"),
        Injection = Injection.Bearer,
        OAuth = Client(OAuthGrant.AuthorizationCode, "https://{client}-api.invalid"),
        Fields = new Dictionary<string, Regex>(
            StringComparer.Ordinal)
        { ["client"] = new("^[a-z0-9-]{1,63}$", RegexOptions.None, TimeSpan.FromSeconds(1)) },
    };

    /// <summary>A key pair: one key belongs to the application, the other to the connection, like Bookeo.</summary>
    public static Provider Keys(string origin = "https://keys.invalid") => new()
    {
        Name = "keys",
        Kind = ProviderKind.Secret,
        Origin = Uri(origin),
        Injection = new([new("X-Key", Text("{apiKey}")), new("X-Secret", Text("{secretKey}"))], [new("token", Text("{apiKey}"))]),
        Secrets = new Dictionary<string, Secret>(StringComparer.Ordinal) { ["secretKey"] = new("application-half-of-the-pair") },
        VerifyPath = Text("/v2/info?short=1"),
    };

    private static OAuthClient Client(OAuthGrant grant, string origin) => new()
    {
        Grant = grant,
        TokenEndpoint = Uri($"{origin}/token"),
        ClientId = "test-client",
        ClientSecrets = [new Secret("client-secret-that-nobody-sees")],
        Scopes = ["read", "write"],
        DefaultLifetime = TimeSpan.FromMinutes(30),
    };

    private static UriTemplate Uri(string text) =>
        UriTemplate.TryParse(text, out var uri) ? uri : throw new ArgumentException("Not a template.", nameof(text));

    private static TextTemplate Text(string text) =>
        TextTemplate.TryParse(text, out var template) ? template : throw new ArgumentException("Not a template.", nameof(text));
}
