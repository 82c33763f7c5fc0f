using System.Security.Cryptography;

using Gateway.Demo.Providers;
using Gateway.Model;
using Gateway.Store;
using Gateway.Testing.TcpFaults;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// A strict Bokio, a real Redis behind a proxy that can hold a gateway's commands, and one gateway after the other on one
/// <c>Store:Path</c>: each is the next start of the previous one.
/// </summary>
internal sealed class CrashScene : IAsyncDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly string[] _settings;
    private readonly List<TcpHold> _holds = [];
    private readonly ConnectionMultiplexer _operator;

    private CrashScene(RedisServer redis, ConnectionMultiplexer @operator, TcpFaultProxy proxy, BokioFlow flow)
    {
        (Redis, _operator, Proxy, Flow) = (redis, @operator, proxy, flow);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _settings = [$"Store:Redis=127.0.0.1:{proxy.Port}", $"Store:Path={_folder.Path}", $"Store:EncryptionKeys:0={key}"];
    }

    public RedisServer Redis { get; }

    /// <summary>The proxy between the gateways and Redis.</summary>
    public TcpFaultProxy Proxy { get; }

    public BokioFlow Flow { get; }

    public int Reuses => Flow.Bokio.Authorization.Counters.SpentRefreshTokenReuses;

    public static async Task<CrashScene> StartAsync(TimeSpan reuseGrace = default)
    {
        var redis = await RedisServer.StartAsync(appendOnly: true);
        var proxy = TcpFaultProxy.Start(redis.EndPoint);
        var connection = await ConnectionMultiplexer.ConnectAsync($"{redis.Configuration},allowAdmin=true,abortConnect=false");
        return new CrashScene(redis, connection, proxy, await BokioFlow.StartAsync(reuseGrace: reuseGrace));
    }

    /// <summary>Starts a gateway on the shared folder, connected through the proxy.</summary>
    public Task<GatewayProcess> StartGatewayAsync(params string[] settings) =>
        GatewayProcess.StartAsync(Flow.Configuration, [.. _settings, .. settings]);

    /// <summary>As <see cref="StartGatewayAsync"/>, without waiting for Redis.</summary>
    public Task<GatewayProcess> StartInTroubleAsync() => GatewayProcess.StartLiveAsync(Flow.Configuration, _settings);

    /// <summary>Executes an administrative command on Redis.</summary>
    public Task ExecuteAsync(string command, params object[] arguments) => _operator.GetDatabase().ExecuteAsync(command, arguments);

    /// <summary>Ends the lease as if its time had passed; has no effect while Redis is unavailable.</summary>
    public async Task EndLeaseAsync(string name)
    {
        try
        {
            await _operator.GetDatabase().KeyDeleteAsync(RedisKeys.Lease(new ConnectionId("bokio", name)));
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
        }
    }

    /// <summary>Holds a command to Redis that contains one of the texts, or its answer.</summary>
    public Task Hold(HoldPoint point, params string[] texts)
    {
        var holds = texts.Select(text => Proxy.HoldWhen(text, Testing.TcpFaults.Flow.ToServer, point)).ToList();
        _holds.AddRange(holds);
        return Task.WhenAny(holds.Select(static hold => hold.Arrived));
    }

    /// <summary>Waits until Redis holds a record that satisfies the condition.</summary>
    public Task StoredAsync(string name, Func<string, bool> isIt) => Eventually.TrueAsync(async () =>
        isIt((string?)await _operator.GetDatabase().StringGetAsync(RedisKeys.Connection(new ConnectionId("bokio", name))) ?? ""));

    /// <summary>Waits until Redis holds the intent of a refresh.</summary>
    public Task IntendedAsync(string name) => Eventually.TrueAsync(async () =>
        await _operator.GetDatabase().KeyExistsAsync(RedisKeys.Intent(new ConnectionId("bokio", name))));

    /// <summary>Holds the token call. The gate is never opened: the waiting process is killed.</summary>
    public Task HoldToken(Func<Gate, Fault> hold)
    {
        var gate = new Gate();
        Flow.Bokio.Api.Faults.Add("/v1/token", hold(gate), times: 1);
        return gate.ArrivalsAsync();
    }

    /// <summary>Drops the held commands of a dead process. The next process is not held.</summary>
    public void CutHolds()
    {
        _holds.ForEach(Proxy.Withdraw);
        _holds.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        CutHolds();
        await Flow.DisposeAsync();
        await _operator.DisposeAsync();
        await Proxy.DisposeAsync();
        await Redis.DisposeAsync();
        _folder.Dispose();
    }
}
