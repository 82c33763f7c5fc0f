using System.Globalization;
using System.Text.RegularExpressions;

using Gateway.Store;

using StackExchange.Redis;

namespace Gateway.IntegrationTests.Store.Renewals;

public sealed partial class RedisRenewalTests(RedisRenewalTests.Pair pair) : RenewalScheduleContract(pair),
    IClassFixture<RedisRenewalTests.Pair>
{
    private readonly Pair _pair = pair;

    [Fact]
    public async Task A_claim_executes_commands_for_due_connections_only()
    {
        var (few, many) = (await LowestCostOfAsync(existing: 10, due: 5), await LowestCostOfAsync(existing: 100_000, due: 5));

        Assert.Equal(few, many);
        Assert.True(many > await CostOfAsync(existing: 100_000, due: 0));
        Assert.InRange(many, 5, 12);
    }

    // The server counts commands of background work of the hosts too: the lowest of three counts is the claim's own.
    private async Task<long> LowestCostOfAsync(int existing, int due) =>
        Math.Min(await CostOfAsync(existing, due), Math.Min(await CostOfAsync(existing, due), await CostOfAsync(existing, due)));

    // Commands that the server executed for one claim, including those in the script.
    private async Task<long> CostOfAsync(int existing, int due)
    {
        var (host, _, provider) = await _pair.HostsAsync();
        var database = await DatabaseAsync(host);

        // Index entries alone: a claim reads no record. The first claim does the pending sweep of the index.
        var later = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        await ScheduleOf(host).ClaimAsync(provider, 1, TimeSpan.Zero, CancellationToken.None);
        foreach (var page in Enumerable.Range(0, existing).Select(i => new SortedSetEntry($"c{i}", later + i)).Chunk(10_000))
        {
            await database.SortedSetAddAsync(RedisKeys.Due(provider), page);
        }

        foreach (var name in Enumerable.Range(0, due))
        {
            await database.SortedSetAddAsync(RedisKeys.Due(provider), $"c{name}", 1);
        }

        await database.ExecuteAsync("CONFIG", "RESETSTAT");
        Assert.Equal(due, (await ScheduleOf(host).ClaimAsync(provider, 64, TimeSpan.FromMinutes(1), CancellationToken.None)).Due.Count);
        var stats = (string)(await database.ExecuteAsync("INFO", "commandstats"))!;
        return Sorted().Matches(stats).Sum(static match => long.Parse(match.Groups["calls"].Value, CultureInfo.InvariantCulture));
    }

    // The monitor's pings and other noise are not counted.
    [GeneratedRegex(@"cmdstat_(z\w+|eval\w*|get|mget|set):calls=(?<calls>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Sorted();

    public sealed class Pair : RenewalPair
    {
        private protected override async Task<string> StartServerAsync(Stack<IAsyncDisposable> started)
        {
            var server = await RedisServer.StartAsync();
            started.Push(server);
            return server.Configuration;
        }
    }
}
