using Gateway.Model;

namespace Gateway.Tests.Configuration;

public sealed class ProviderParserTests
{
    [Theory]
    [MemberData(nameof(ProviderRules.Broken), MemberType = typeof(ProviderRules))]
    public void A_broken_rule_is_the_only_error_and_has_key_value_and_rule(string block, string error, bool schemaSeesIt)
    {
        _ = schemaSeesIt;

        Assert.Equal([$"Providers:{error}"], Read.ProviderErrors(block));
    }

    [Fact]
    public void Every_error_is_reported_at_once()
    {
        var errors = Read.Errors($$"""
            {
              "Kestrel": { "Endpoints": { "Proxi": { "Url": "http://127.0.0.1:1" }, "Admin": { "Url": "nowhere" } } },
              "Connect": { "PublicUrl": "http://connect.example.com" },
              "Providers": {
                "a b": { {{Read.Secret}} },
                "x": { "Kind": "OAuth2", "Grant": "Password", "Origin": "ftp://x", "TokenEndpoint": "nope", "Pkce": "maybe", "Scope": [] }
              }
            }
            """);

        Assert.Equal(
            [
                "Kestrel:Endpoints:Admin:Url: 'nowhere' is not an address to listen on like http://127.0.0.1:8080",
                "Kestrel:Endpoints:Proxi: unknown key; did you mean Proxy?",
                "Connect:PublicUrl: 'http://connect.example.com' is not an absolute https URI (http to loopback only) without user "
                    + "information, query or fragment",
                "Providers:a b: a provider's name has letters, digits, '.', '_' and '-' only",
                "Providers:x:Origin: 'ftp://x' is not an absolute https URI (http to loopback only) without user information, query or "
                    + "fragment",
                "Providers:x:Grant: 'Password' is none of AuthorizationCode, ClientCredentials",
                "Providers:x:TokenEndpoint: 'nope' is not an absolute https URI (http to loopback only) without user information, query or "
                    + "fragment",
                "Providers:x:ClientId: missing",
                "Providers:x:ClientSecret: missing; ClientSecrets may hold several, the current one first",
                "Providers:x:Pkce: 'maybe' is neither true nor false",
                "Providers:x:Scope: unknown key; did you mean Scopes?",
            ],
            errors);
    }

    [Fact]
    public void A_missing_key_has_the_documented_default()
    {
        var provider = Read.Provider(Read.OAuth);

        var client = provider.OAuth!;
        Assert.Equal(ClientAuthentication.Basic, client.ClientAuthentication);
        Assert.True(client.Pkce);
        Assert.Equal(TimeSpan.FromMinutes(5), client.RefreshBeforeExpiry);
        Assert.Equal(TimeSpan.FromHours(1), client.DefaultLifetime);
        Assert.Equal(TimeSpan.Zero, client.ReuseGrace);
        Assert.Equal(TimeSpan.FromSeconds(10), client.TokenTimeout);
        Assert.Equal(16, client.MaxParallelRefreshes);
        Assert.True(client.RenewsUnasked);
        Assert.Same(Injection.Bearer, provider.Injection);
        Assert.Equal(Provider.DefaultMethods, provider.Methods);
        Assert.False(provider.Upgrades);
        Assert.False(provider.PropagateTrace);
        Assert.Null(provider.VerifyPath);
    }

    [Fact]
    public void Every_configured_value_is_read()
    {
        var provider = Read.Provider("""
            "Kind": "oauth2", "Grant": "AuthorizationCode", "Origin": "http://localhost:9000/base", "Fields": { "client": "^[a-z]+$" },
            "AuthorizationEndpoint": "https://{client}.example.com/authorize", "TokenEndpoint": "https://{client}.example.com/token",
            "ClientId": "id", "ClientSecrets": ["current", "previous"], "ClientAuthentication": "Body", "Scopes": ["a:read", "b"],
            "Pkce": false,
            "AuthorizationParameters": { "tenant": "company" }, "RefreshBeforeExpiry": "00:00:00", "DefaultLifetime": "1.00:00:00",
            "ReuseGrace": "00:00:30", "TokenTimeout": "00:00:03.5", "MaxParallelRefreshes": 3,
            "Inject": { "Query": { "t": "{access_token}" } },
            "Verify": { "Path": "/me?fields=id" }, "Methods": ["GET", "PROPFIND"], "Upgrades": true, "PropagateTrace": true
            """);

        var client = provider.OAuth!;
        Assert.Equal("http://localhost:9000/base", provider.Origin.Text);
        Assert.Equal("https://{client}.example.com/authorize", client.AuthorizationEndpoint!.Text);
        Assert.Equal(["current", "previous"], client.ClientSecrets.Select(static secret => secret.Reveal()).ToArray());
        Assert.Equal(ClientAuthentication.Body, client.ClientAuthentication);
        Assert.Equal(["a:read", "b"], client.Scopes);
        Assert.False(client.Pkce);
        Assert.Equal("company", client.AuthorizationParameters["tenant"].Text);
        Assert.Equal(
            [TimeSpan.Zero, TimeSpan.FromDays(1), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(3.5)],
            [client.RefreshBeforeExpiry, client.DefaultLifetime, client.ReuseGrace, client.TokenTimeout]);
        Assert.Equal(3, client.MaxParallelRefreshes);
        Assert.False(client.RenewsUnasked);
        Assert.Equal("/me?fields=id", provider.VerifyPath!.Text);
        Assert.True(provider.Methods.SetEquals(["GET", "PROPFIND"]));
        Assert.True(provider.Upgrades);
        Assert.True(provider.PropagateTrace);
    }

    [Fact]
    public void A_declared_field_is_public_unless_Inject_alone_uses_it()
    {
        var provider = Read.Provider("""
            "Kind": "Secret", "Origin": "https://{client}.example.com",
            "Fields": { "client": "[a-z]+", "note": ".*", "key": "[A-Z]{4}" },
            "Inject": { "Headers": { "X-Client": "{client}", "X-Key": "{key}", "X-Other": "{other}" } }
            """);

        Assert.Equal(["client", "note"], provider.Fields.Keys.Order(StringComparer.Ordinal).ToArray());
        Assert.Equal(["key", "other"], provider.SecretFields.Order(StringComparer.Ordinal).ToArray());
        Assert.Matches(Assert.Single(provider.SecretPatterns).Value, "ABCD");
    }

    [Theory]
    [InlineData("acme", true)]
    [InlineData("acme.evil", false)]
    [InlineData("acme\n", false)]
    [InlineData("x-acme", false)]
    public void A_field_must_match_its_whole_pattern(string value, bool fits)
    {
        var pattern = Read.Provider($$"""{{Read.Secret}}, "Fields": { "client": "[a-z]+$|^b" } """).Fields["client"];

        Assert.Equal(fits, pattern.IsMatch(value));
    }

    [Fact]
    public void Onboarding_with_a_key_is_read()
    {
        var onboarding = Read.Provider($$"""
            {{Read.Secret}}, "Onboarding": { "AuthorizationUrl": "https://signin.example.com/?app=1", "Permissions": ["a", "b"],
              "KeyParameter": "key" }
            """).Onboarding.Key!;

        Assert.Equal(new Uri("https://signin.example.com/?app=1"), onboarding.AuthorizationUrl);
        Assert.Equal(["a", "b"], onboarding.Permissions);
        Assert.Equal("key", onboarding.KeyParameter);
    }
}
