using System.Text.RegularExpressions;

using Gateway.Model;

namespace Gateway.Tests.Tokens;

/// <summary>Connections without an owner's consent: client credentials and secrets.</summary>
public sealed class ConnectionKindTests : RefreshStage
{
    [Fact]
    public async Task The_default_connection_of_client_credentials_is_created_on_first_use()
    {
        UseClientCredentials();
        var result = await GetDefaultAsync();

        AssertServes(result, "access-1", 1);
        AssertServes(await GetDefaultAsync(), "access-1", 1);
        var stored = await Store.ReadAsync(new(Some.Acme.Provider, ConnectionId.DefaultName), CancellationToken.None);
        Assert.True(stored!.Grant.RefreshToken.IsEmpty);
        Assert.Equal("client_credentials", Server.Requests.Single().Form["grant_type"]);
    }

    [Fact]
    public async Task Failures_of_the_default_connection_are_recorded_from_the_first()
    {
        UseClientCredentials();
        Server.Say(401, """{"error":"invalid_client"}""");

        AssertRefuses(await GetDefaultAsync(), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetDefaultAsync(), GatewayError.ProviderMisconfigured);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task Named_connections_of_client_credentials_must_be_stored()
    {
        UseClientCredentials();
        AssertRefuses(await GetAsync(), GatewayError.ConnectionNotFound);
        await StoreAsync(new Connection { Id = Some.Acme, Generation = 1, Grant = Grant.None });

        AssertServes(await GetAsync(), "access-1", 2);
    }

    [Fact]
    public async Task Client_credentials_with_fields_have_no_default_connection()
    {
        UseClientCredentials(fields: true);

        AssertRefuses(await GetDefaultAsync(), GatewayError.ConnectionNotFound);
        Assert.Equal(0, Server.Calls);
    }

    [Fact]
    public async Task A_refused_secret_is_replaced_only_by_a_newer_one()
    {
        var first = await UseSecretAsync();
        var rejected = (await GetAsync()).Credential!;
        Assert.False(rejected.Renewable);
        Assert.Equal("key-1", rejected.Headers.Single().Value);
        AssertRefuses(await ReplaceAsync(rejected), GatewayError.CredentialUnavailable);

        Store.Muted = true;
        await StoreAsync(first with { Generation = 2, Grant = KeyOf("key-2") }, 1);
        Assert.Equal("key-2", (await ReplaceAsync(rejected)).Credential?.Headers.Single().Value);
    }

    [Fact]
    public async Task A_connection_of_kind_Secret_serves_without_a_token()
    {
        await UseSecretAsync();
        Clock.Advance(TimeSpan.FromDays(400));

        Assert.Equal("key-1", (await GetAsync()).Credential?.Headers.Single().Value);
    }

    [Fact]
    public async Task A_connection_without_a_required_field_needs_reauthorization()
    {
        var first = await UseSecretAsync();
        await StoreAsync(first with { Generation = 2, Grant = Grant.None }, 1);

        AssertRefuses(await GetAsync(), GatewayError.ReauthorizationRequired);
    }

    private static Grant KeyOf(string value) =>
        new(default, new Dictionary<string, Secret>(StringComparer.Ordinal) { ["apiKey"] = new(value) });

    private async Task<CredentialResult> GetDefaultAsync() =>
        await Instance.Broker.GetAsync(Provider, new(Some.Acme.Provider, ConnectionId.DefaultName), CancellationToken.None);

    private void UseClientCredentials(bool fields = false)
    {
        var client = Some.Client(Server.Url, OAuthGrant.ClientCredentials);
        Provider = !fields ? Some.Provider(client) : new()
        {
            Name = Some.Acme.Provider,
            Kind = ProviderKind.OAuth2,
            Origin = Some.Uri("https://{client}.acme-books.example"),
            OAuth = client,
            Injection = Injection.Bearer,
            Fields = new Dictionary<string, Regex>(
                StringComparer.Ordinal)
            { ["client"] = new("^[a-z]+$", RegexOptions.None, TimeSpan.FromSeconds(1)) },
        };
    }

    private async Task<Connection> UseSecretAsync()
    {
        Assert.True(TextTemplate.TryParse("{apiKey}", out var template));
        Provider = new()
        {
            Name = Some.Acme.Provider,
            Kind = ProviderKind.Secret,
            Origin = Some.Uri("https://api.acme-books.example"),
            Injection = new([new("X-Api-Key", template)], []),
        };
        return await StoreAsync(new Connection { Id = Some.Acme, Generation = 1, Grant = KeyOf("key-1") });
    }
}
