using System.Net;
using System.Text.RegularExpressions;

namespace Gateway.IntegrationTests.Flow;

/// <summary>Two gateway processes on one real Redis share the renewals.</summary>
public sealed partial class SharedRenewalTests
{
    private const int Connections = 60;

    [Fact]
    public async Task Each_connection_is_renewed_by_one_of_two_processes_and_served_by_both()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await RotatingProvider.StartAsync(TimeSpan.FromHours(1), latency: TimeSpan.FromMilliseconds(100));
        await using var first = await StartAsync(provider, redis);
        await using var second = await StartAsync(provider, redis);
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => provider.ConnectAsync(first, $"c{i}", TimeSpan.Zero)));

        await Eventually.TrueAsync(
            async () => Renewed().Count(await second.Admin.GetStringAsync("/connections?provider=rotating&limit=1000")) == Connections,
            () => $"{provider.Calls} of {Connections} connections were renewed.\n{first.Output}{second.Output}");
        foreach (var gateway in new[] { first, second })
        {
            Assert.All(await GetAllAsync(gateway), static status => Assert.Equal(HttpStatusCode.OK, status));
            Assert.Equal(0, await Metrics.SumAsync(gateway, "gateway_credentials_total", "source=\"refresh\""));
        }

        Assert.Equal((Connections, 0, 0), (provider.Calls, provider.Reuses, provider.Refused));
        Assert.InRange(provider.MostInFlight, 1, 4);
        var shares = await Task.WhenAll(RenewalsOf(first), RenewalsOf(second));
        Assert.Equal(Connections, shares.Sum());
        Assert.All(shares, static share => Assert.InRange(share, Connections / 10, Connections));
    }

    [Fact]
    public async Task Due_renewals_are_done_by_the_other_process_while_one_is_frozen()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await RotatingProvider.StartAsync(TimeSpan.FromHours(1));
        await using var first = await StartAsync(provider, redis);
        await using var second = await StartAsync(provider, redis);
        first.Freeze();
        await Task.WhenAll(Enumerable.Range(0, 10).Select(i => provider.ConnectAsync(second, $"c{i}", TimeSpan.Zero)));

        await Eventually.TrueAsync(() => provider.Calls == 10, "The due renewals were not claimed.");

        Assert.Equal(0, provider.Reuses);
    }

    private static Task<GatewayProcess> StartAsync(RotatingProvider provider, RedisServer redis) =>
        GatewayProcess.StartAsync(provider.Configuration(maxParallelRefreshes: 2), $"Store:Redis={redis.Configuration}");

    private static Task<double> RenewalsOf(GatewayProcess gateway) =>
        Metrics.SumAsync(gateway, "gateway_token_refreshes_total", "trigger=\"expiry\"", "outcome=\"success\"");

    private static async Task<HttpStatusCode[]> GetAllAsync(GatewayProcess gateway) =>
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async i =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/rotating/x");
        request.Headers.Add("Gateway-Connection", $"c{i}");
        using var answer = await gateway.Proxy.SendAsync(request);
        return answer.StatusCode;
    }));

    [GeneratedRegex("\"generation\":2\\b", RegexOptions.None, 1000)]
    private static partial Regex Renewed();
}
