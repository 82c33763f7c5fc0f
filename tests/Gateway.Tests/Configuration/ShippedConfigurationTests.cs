using Gateway.Model;

namespace Gateway.Tests.Configuration;

public sealed class ShippedConfigurationTests
{
    [Theory]
    [InlineData(
        "bokio", OAuthGrant.AuthorizationCode, ClientAuthentication.Basic, "https://api.bokio.se", "https://api.bokio.se/v1/token",
        "https://api.bokio.se/v1/authorize")]
    [InlineData(
        "bokio-general", OAuthGrant.ClientCredentials, ClientAuthentication.Basic, "https://api.bokio.se",
        "https://api.bokio.se/v1/token", null)]
    [InlineData(
        "bexio", OAuthGrant.AuthorizationCode, ClientAuthentication.Body, "https://api.bexio.com",
        "https://auth.bexio.com/realms/bexio/protocol/openid-connect/token",
        "https://auth.bexio.com/realms/bexio/protocol/openid-connect/auth")]
    [InlineData(
        "bipsync", OAuthGrant.AuthorizationCode, ClientAuthentication.Body, "https://{client}-api.bipsync.com",
        "https://{client}-api.bipsync.com/v1/oauth/token", "https://{client}.bipsync.com/oauth/authorization")]
    public void The_gateway_is_the_client_that_each_provider_expects(
        string name, OAuthGrant grant, ClientAuthentication authentication, string origin, string token, string? authorize)
    {
        var provider = Find(name);

        Assert.Equal(grant, provider.OAuth!.Grant);
        Assert.Equal(authentication, provider.OAuth.ClientAuthentication);
        Assert.Equal(origin, provider.Origin.Text);
        Assert.Equal(token, provider.OAuth.TokenEndpoint!.Text);
        Assert.Equal(authorize, provider.OAuth.AuthorizationEndpoint?.Text);
    }

    [Theory]
    [InlineData("bokio", "Authorization=Bearer {access_token}")]
    [InlineData("bokio-private", "Authorization=Bearer {token}")]
    [InlineData("bexio", "Authorization=Bearer {access_token}")]
    [InlineData("bipsync", "Authorization=Bearer {access_token}")]
    [InlineData("bipsync-token", "Token={token}")]
    [InlineData("bookeo", "X-Bookeo-apiKey={apiKey} X-Bookeo-secretKey={secretKey}")]
    public void Each_provider_gets_its_credential_in_its_own_headers(string name, string headers)
    {
        var injection = Find(name).Injection;

        Assert.Equal(headers, string.Join(' ', injection.Headers.Select(static header => $"{header.Key}={header.Value.Text}")));
        Assert.Empty(injection.Query);
    }

    [Fact]
    public void Bexio_requests_offline_access() =>
        Assert.Contains("offline_access", Find("bexio").OAuth!.Scopes, StringComparer.Ordinal);

    [Fact]
    public void Bipsync_uses_PKCE() => Assert.True(Find("bipsync").OAuth!.Pkce);

    [Theory]
    [InlineData("bipsync", "acme", "https://acme-api.bipsync.com/")]
    [InlineData("bipsync-token", "acme-2", "https://acme-2-api.bipsync.com/")]
    public void Bipsync_has_a_host_for_each_client(string name, string client, string origin)
    {
        var provider = Find(name);

        Assert.Matches(provider.Fields["client"], client);
        Assert.True(
            provider.Origin.TryExpand(new Dictionary<string, string>(StringComparer.Ordinal) { ["client"] = client }, out var expanded));
        Assert.Equal(new Uri(origin), expanded);
    }

    [Theory]
    [InlineData("bokio", "/bokio/{**path}", "/v1/{**path}")]
    [InlineData("bokio-general", "/bokio-general/{**path}", "/v1/{**path}")]
    [InlineData("bokio-private", "/bokio-private/{**path}", "/v1/{**path}")]
    [InlineData("bexio", "/bexio/{**path}", "/{**path}")]
    [InlineData("bipsync", "/bipsync/{**path}", "/{**path}")]
    [InlineData("bipsync-token", "/bipsync-token/{**path}", "/{**path}")]
    [InlineData("bookeo", "/bookeo/{**path}", "/v2/{**path}")]
    public void Each_provider_has_its_route_to_its_origin(string name, string path, string upstream)
    {
        var (root, _) = ShippedConfiguration.Load();
        var route = root.GetSection($"ReverseProxy:Routes:{name}");

        Assert.Equal(path, route["Match:Path"]);
        Assert.Equal(upstream, route["Transforms:0:PathPattern"]);
        Assert.Equal(name, route["Transforms:1:Credential"]);
        Assert.Equal(Find(name).Origin.Text + "/", root[$"ReverseProxy:Clusters:{route["ClusterId"]}:Destinations:api:Address"]);
    }

    [Fact]
    public void Values_that_an_operator_must_fill_in_are_known()
    {
        var (_, configuration) = ShippedConfiguration.Load();

        Assert.Equal(
            ["bexio", "bipsync", "bokio", "bokio-general", "bookeo"],
            configuration.Unfinished.Select(static provider => provider.Name).Order(StringComparer.Ordinal).ToArray());
    }

    private static Provider Find(string name) =>
        ShippedConfiguration.Load().Configuration.Providers.Single(provider => provider.Name == name);
}
