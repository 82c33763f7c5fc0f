using System.Security.Cryptography;

using Gateway.Demo.Providers;

namespace Gateway.IntegrationTests.Soak;

/// <summary>
/// Three gateway processes on one Redis, each through its own fault proxy; two providers with tokens of two seconds and strict
/// rotation that revokes the family of a reused refresh token. One of them has a reuse grace of half a minute.
/// </summary>
internal sealed class SoakWorld : IAsyncDisposable
{
    public static readonly string EncryptionKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    private const int Instances = 3;
    /// <summary>Number of connections to the strict provider; they come first in <see cref="Connections"/>.</summary>
    public const int StrictConnections = 40;
    private const int ForgivingConnections = 10;
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private SoakWorld(RedisServer redis, SimulatedBokio strict, SimulatedBokio forgiving)
    {
        (Redis, Strict, Forgiving) = (redis, strict, forgiving);
        Gateways = [.. Enumerable.Range(0, Instances).Select(number => new SoakGateway(number, Configuration, redis))];
        Connections =
        [
            .. Enumerable.Range(0, StrictConnections).Select(number => new SoakConnection("strict", $"s{number:00}", strict)),
            .. Enumerable.Range(0, ForgivingConnections).Select(number => new SoakConnection("forgiving", $"f{number:00}", forgiving)),
        ];
    }

    public RedisServer Redis { get; }

    public SimulatedBokio Strict { get; }

    /// <summary>Accepts a spent refresh token once more within the reuse grace, which the gateways' configuration has as well.</summary>
    public SimulatedBokio Forgiving { get; }

    public IReadOnlyList<SoakGateway> Gateways { get; }

    public IReadOnlyList<SoakConnection> Connections { get; }

    private string Configuration => $$"""
        {
          "Providers": { {{Provider("strict", Strict, TimeSpan.Zero)}}, {{Provider("forgiving", Forgiving, Grace)}} },
          "ReverseProxy": {
            "Routes": { {{Route("strict")}}, {{Route("forgiving")}} },
            "Clusters": { {{Cluster("strict", Strict)}}, {{Cluster("forgiving", Forgiving)}} } }
        }
        """;

    public static async Task<SoakWorld> StartAsync()
    {
        var world = new SoakWorld(
            await RedisServer.StartAsync(appendOnly: true), await StartProviderAsync(TimeSpan.Zero), await StartProviderAsync(Grace));
        try
        {
            await Task.WhenAll(world.Gateways.Select(static gateway => gateway.StartAsync()));
            await world.Gateways[0].Process.AnswersAsync("/health/ready");
            foreach (var connection in world.Connections)
            {
                await world.ConnectAsync(connection);
            }

            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects it with a new grant, as an operator would; replaces an existing connection.</summary>
    public Task ConnectAsync(SoakConnection connection) =>
        Gateways[0].Process.PutConnectionAsync(connection.Provider, connection.Name, connection.NewGrant());

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in Gateways)
        {
            await gateway.DisposeAsync();
        }

        await Redis.DisposeAsync();
        await Strict.DisposeAsync();
        await Forgiving.DisposeAsync();
    }

    private static async Task<SimulatedBokio> StartProviderAsync(TimeSpan grace)
    {
        var bokio = await SimulatedBokio.StartAsync(new SimulationOptions { LogCapacity = 256 });
        bokio.RateLimit = int.MaxValue;
        var settings = bokio.Authorization.Settings;
        (settings.AccessTokenLifetime, settings.RevokeFamilyOnReuse, settings.ReuseGrace) = (TimeSpan.FromSeconds(2), true, grace);
        return bokio;
    }

    private static string Provider(string name, SimulatedBokio bokio, TimeSpan grace) => $$"""
        "{{name}}": {
          "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "{{bokio.Api.Address.ToString().TrimEnd('/')}}",
          "AuthorizationEndpoint": "{{bokio.AuthorizationEndpoint}}", "TokenEndpoint": "{{bokio.TokenEndpoint}}",
          "TokenTimeout": "00:00:02",
          "ClientId": "{{bokio.Client.Id}}", "ClientSecret": "{{bokio.Client.Secret}}", "ClientAuthentication": "Basic",
          "ReuseGrace": "{{grace:c}}" }
        """;

    private static string Route(string name) => $$"""
        "{{name}}": { "ClusterId": "{{name}}", "Match": { "Path": "/{{name}}/{**path}" },
          "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "{{name}}" } ] }
        """;

    private static string Cluster(string name, SimulatedBokio bokio) => $$"""
        "{{name}}": { "Destinations": { "api": { "Address": "{{bokio.Api.Address}}" } } }
        """;
}
