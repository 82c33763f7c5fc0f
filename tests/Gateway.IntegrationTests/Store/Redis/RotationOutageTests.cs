using Gateway.Model;
using Gateway.Tokens;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>A genuine Redis fails in several ways before and during a rotation; the provider rotates strictly.</summary>
public sealed class RotationOutageTests
{
    private static readonly DateTimeOffset Expired = DateTimeOffset.UnixEpoch.AddYears(30);

    public enum Fault
    {
        Frozen,
        Killed,
        Paused,
        PausedForWrites,
        ReadOnly,
        OutOfMemory,
        Full,
        WithoutReplicas,
        CutOff,
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task An_outage_during_a_rotation_serves_the_new_token_and_saves_the_grant_afterwards(Fault fault)
    {
        await using var tokens = await TokenServer.StartAsync();
        await using var server = await RedisServer.StartAsync(appendOnly: true);
        await using var host = await HostAsync(server);
        await StoreAsync(host, Expired);
        tokens.Answer = async (context, form) =>
        {
            tokens.Answer = tokens.RotateAsync;
            await BeginAsync(server, fault);
            await tokens.RotateAsync(context, form);
        };

        await AssertServesAsync(host, tokens, "access-1");
        await AssertServesAsync(host, tokens, "access-1");
        await EndAsync(server, fault);

        await Eventually.TrueAsync(async () => await StoredAsync(host) is { Generation: 2 });
        Assert.Equal("refresh-1", (await StoredAsync(host))!.Grant.RefreshToken.Reveal());
        Assert.Equal(1, tokens.Calls);
    }

    [Theory]
    [MemberData(nameof(Outages))]
    public async Task An_outage_before_a_rotation_starts_no_refresh_and_cached_tokens_serve(Fault fault)
    {
        await using var tokens = await TokenServer.StartAsync();
        await using var server = await RedisServer.StartAsync(appendOnly: true);
        await using var host = await HostAsync(server);
        await StoreAsync(host, TimeProvider.System.GetUtcNow().AddHours(1));
        await AssertServesAsync(host, tokens, "access-0");

        await BeginAsync(server, fault);
        var refused = await host.Get<TokenBroker>().RefreshAsync(Some.Provider(tokens.Url), Some.Acme, Cancel);

        Assert.Equal((GatewayError.CredentialUnavailable, 0), (refused.Failure?.Error, tokens.Calls));
        Assert.True(host.Get<TokenBroker>().IsWarm);
        await AssertServesAsync(host, tokens, "access-0");
        await EndAsync(server, fault);
        await Eventually.TrueAsync(async () =>
            (await host.Get<TokenBroker>().RefreshAsync(Some.Provider(tokens.Url), Some.Acme, Cancel)).Connection?.Generation == 2);
    }

    public static TheoryData<Fault> Faults() => new(Enum.GetValues<Fault>());

    /// <summary>Without cut connections, which recover at once.</summary>
    public static TheoryData<Fault> Outages() => new(Enum.GetValues<Fault>().Where(static fault => fault != Fault.CutOff));

    private static Task BeginAsync(RedisServer server, Fault fault) => fault switch
    {
        Fault.Frozen => server.FreezeAsync(),
        Fault.Killed => server.KillAsync(),
        Fault.Paused => server.AskAsync("CLIENT", "PAUSE", "60000", "ALL"),
        Fault.PausedForWrites => server.AskAsync("CLIENT", "PAUSE", "60000", "WRITE"),
        Fault.ReadOnly => server.AskAsync("REPLICAOF", "127.0.0.1", "1"),
        Fault.OutOfMemory => server.AskAsync("CONFIG", "SET", "maxmemory", "1"),
        Fault.Full => FillAsync(server),
        Fault.WithoutReplicas => server.AskAsync("CONFIG", "SET", "min-replicas-to-write", "1"),
        _ => server.AskAsync("CLIENT", "KILL", "TYPE", "normal"),
    };

    private static async Task EndAsync(RedisServer server, Fault fault)
    {
        await (fault switch
        {
            Fault.Frozen => server.ResumeAsync(),
            Fault.Killed or Fault.Full or Fault.Paused => server.RestartAsync(),
            Fault.PausedForWrites => server.AskAsync("CLIENT", "UNPAUSE"),
            Fault.ReadOnly => server.AskAsync("REPLICAOF", "NO", "ONE"),
            Fault.OutOfMemory => server.AskAsync("CONFIG", "SET", "maxmemory", "0"),
            Fault.WithoutReplicas => server.AskAsync("CONFIG", "SET", "min-replicas-to-write", "0"),
            _ => Task.CompletedTask,
        });
    }

    // New connections are refused and open ones are cut.
    private static async Task FillAsync(RedisServer server)
    {
        await using var client = await ConnectionMultiplexer.ConnectAsync(server.Configuration + ",allowAdmin=true");
        var node = client.GetServer(server.EndPoint);
        await node.ExecuteAsync("CONFIG", "SET", "maxclients", "1");
        await node.ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    }

    private static Task<StoreHost> HostAsync(RedisServer server) =>
        StoreHost.ReadyOnRedisAsync(server.Configuration, static services => services.AddGatewayTokens());

    private static async Task StoreAsync(StoreHost host, DateTimeOffset expiresAt) =>
        Assert.NotNull(await host.Store.TryWriteAsync(Some.Connection(expiresAt), 0, Cancel));

    private static async Task AssertServesAsync(StoreHost host, TokenServer tokens, string token)
    {
        var result = await host.Get<TokenBroker>().GetAsync(Some.Provider(tokens.Url), Some.Acme, Cancel);
        Assert.True(result.TryGet(out var credential, out var failure), failure?.Detail);
        Assert.Equal("Bearer " + token, credential.Headers.Single().Value);
    }

    private static async Task<Connection?> StoredAsync(StoreHost host)
    {
        try
        {
            return await host.Store.ReadAsync(Some.Acme, Cancel);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }
}
