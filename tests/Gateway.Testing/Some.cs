using Gateway.Model;

namespace Gateway.Testing;

/// <summary>Providers and connections of the token tests.</summary>
internal static class Some
{
    public static readonly ConnectionId Acme = new("acme-books", "acme");

    public static OAuthClient Client(
        string tokenEndpoint, OAuthGrant grant = OAuthGrant.AuthorizationCode, TimeSpan? timeout = null, TimeSpan reuseGrace = default,
            TimeSpan? interruptedWait = null) => new()
            {
                Grant = grant,
                TokenEndpoint = Uri(tokenEndpoint),
                ClientId = "client-id",
                ClientSecrets = [new("client-secret")],
                TokenTimeout = timeout ?? TimeSpan.FromSeconds(10),
                ReuseGrace = reuseGrace,
                InterruptedWait = interruptedWait ?? TimeSpan.FromMinutes(10),
            };

    public static Provider Provider(OAuthClient client) => new()
    {
        Name = Acme.Provider,
        Kind = ProviderKind.OAuth2,
        Origin = Uri("https://api.acme-books.example"),
        OAuth = client,
        Injection = Injection.Bearer,
    };

    public static Provider Provider(string tokenEndpoint) => Provider(Client(tokenEndpoint));

    public static Connection Connection(DateTimeOffset expiresAt, string refreshToken = "refresh-0", long generation = 1) => new()
    {
        Id = Acme,
        Generation = generation,
        Grant = Grant.None with { RefreshToken = new(refreshToken) },
        Token = new(new("access-0"), expiresAt),
        RefreshedAt = expiresAt - TimeSpan.FromHours(1),
    };

    public static UriTemplate Uri(string text) =>
        UriTemplate.TryParse(text, out var uri) ? uri : throw new ArgumentException("Not a URI.", nameof(text));
}
