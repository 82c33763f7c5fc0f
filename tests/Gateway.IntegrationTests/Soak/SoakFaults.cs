using System.Net.Sockets;
using System.Text;

using Gateway.Demo.Providers;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Soak;

/// <summary>The faults of the soak test, by the connection they act on. Each lasts at most three seconds, except a restart.</summary>
internal static class SoakFaults
{
    private const string Token = "/v1/token";

    public static readonly IReadOnlyList<SoakFault> All =
    [
        OnRedisLeg("Redis leg stalled", static proxy => proxy.SetBoth(LinkConditions.Stall)),
        OnRedisLeg("Redis leg reset", static proxy => proxy.ResetAll()),
        OnRedisLeg(
            "Redis leg slow", static proxy =>
                proxy.SetBoth(new() { Latency = TimeSpan.FromMilliseconds(150), Jitter = TimeSpan.FromMilliseconds(100) })),
        OnRedisLeg("Redis leg cut", static proxy =>
        {
            proxy.Refuse();
            proxy.CloseAll();
        }),
        OnRedisLeg("Redis leg in slices", static proxy => proxy.SetBoth(new() { SliceSize = 7 })),
        new("Redis CLIENT KILL", static async (world, random) =>
        {
            await TellRedisAsync(world, "CLIENT KILL TYPE normal");
            await TellRedisAsync(world, "CLIENT KILL TYPE pubsub");
            await PauseAsync(Short(random));
        }),
        new("Redis CLIENT PAUSE", static async (world, random) =>
        {
            var time = Short(random);
            await TellRedisAsync(world, $"CLIENT PAUSE {(int)time.TotalMilliseconds} ALL");
            await PauseAsync(time);
        }),
        new("Redis frozen", static async (world, random) =>
        {
            await world.Redis.FreezeAsync();
            await PauseAsync(Short(random));
            await world.Redis.ResumeAsync();
        }),
        AtProviders("provider 503", static _ => Fault.Answer(503)),
        AtProviders("provider 429", static _ => Fault.TryLater(429, 1)),
        AtProviders("provider drops before the work", static _ => Fault.Drop()),
        AtProviders("provider slow", static random => Fault.Delay(TimeSpan.FromMilliseconds(random.Next(200, 1200)))),
        AtProviders("provider HTML", static _ => Fault.Html()),
        new("provider ends access tokens", static (world, _) =>
        {
            world.Strict.Authorization.ExpireAccessTokens();
            world.Forgiving.Authorization.ExpireAccessTokens();
            return Task.CompletedTask;
        }) { MayReject = true },
        new("provider withdraws a grant", static async (world, random) =>
        {
            world.Strict.Authorization.RevokeGrants(world.Connections[random.Next(SoakWorld.StrictConnections)].Name);
            await PauseAsync(Short(random));
        }) { Withdraws = true },
        new("answers lost, grace window", static async (world, random) =>
        {
            using var fault = world.Forgiving.Api.Faults.Add(Token, Fault.LoseAnswer());
            await PauseAsync(Brief(random));
        }),
        new("gateway frozen", static (world, random) => Any(world, random).FreezeAsync(PauseAsync(Short(random)))),
        new("gateway SIGTERM and start", static (world, random) => Any(world, random).RestartAsync()),
        new("gateway SIGKILL and start", static (world, random) => Any(world, random).KillAndStartAsync()) { MayInterrupt = true },
    ];

    public static async Task PauseAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }

    // The Redis connection of one instance, or of all.
    private static SoakFault OnRedisLeg(string name, Action<TcpFaultProxy> disturb) => new(name, async (world, random) =>
    {
        var one = random.Next(world.Gateways.Count + 1);
        var proxies = world.Gateways.Where((_, number) => number == one || one == world.Gateways.Count)
            .Select(static gateway => gateway.Redis).ToList();
        proxies.ForEach(disturb);
        await PauseAsync(Short(random));
        proxies.ForEach(static proxy => proxy.Heal());
    });

    private static SoakFault AtProviders(string name, Func<Random, Fault> create) => new(name, async (world, random) =>
    {
        using var strict = world.Strict.Api.Faults.Add(Token, create(random));
        using var forgiving = world.Forgiving.Api.Faults.Add(Token, create(random));
        await PauseAsync(Brief(random));
    });

    private static SoakGateway Any(SoakWorld world, Random random) => world.Gateways[random.Next(world.Gateways.Count)];

    private static TimeSpan Short(Random random) => TimeSpan.FromMilliseconds(random.Next(500, 3000));

    // A third failure in a row, 2.4 s after the first, would be followed by a backoff of almost as long as recovery may take.
    private static TimeSpan Brief(Random random) => TimeSpan.FromMilliseconds(random.Next(500, 2200));

    private static async Task TellRedisAsync(SoakWorld world, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", world.Redis.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        using var reader = new StreamReader(client.GetStream());
        await reader.ReadLineAsync();
    }
}
