using System.Collections.Concurrent;
using System.Globalization;

namespace Gateway.IntegrationTests.Flow;

/// <summary>
/// Callers rarely wait for a refresh: a gateway process on a real Redis, connections with short-lived tokens, constant load.
/// <c>tests/renewal-soak.sh</c> runs it at full size and prints the figures.
/// </summary>
public sealed class RenewalSoakTests
{
    private static readonly int Connections = Setting("RENEWAL_SOAK_CONNECTIONS", 200);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(Setting("RENEWAL_SOAK_LIFETIME", 4));
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(Setting("RENEWAL_SOAK_DURATION", 6));
    private static readonly int RequestsPerSecond = Setting("RENEWAL_SOAK_RATE", 500);

    [Fact]
    public async Task Callers_rarely_wait_for_a_refresh()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var provider = await RotatingProvider.StartAsync(Lifetime, latency: TimeSpan.FromMilliseconds(10));
        await using var gateway = await GatewayProcess.StartAsync(provider.Configuration(), $"Store:Redis={redis.Configuration}");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Connections), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (i, _) => await provider.ConnectAsync(gateway, $"c{i}", Lifetime));

        // Counting starts here: new connections are renewed at once, because the age of their tokens is unknown.
        await Eventually.TrueAsync(
            () => Task.FromResult(provider.Calls >= Connections), TimeSpan.FromMinutes(2), () => $"Only {provider.Calls} are renewed.");
        var (callsBefore, before) = (provider.Calls, await CountAsync(gateway));
        var statuses = await CallAsync(gateway);
        var (calls, after) = (provider.Calls - callsBefore, await CountAsync(gateway));

        var (served, waited) = (after.Served - before.Served, after.Waited - before.Waited);
        await ReportAsync(gateway, provider, served, waited, calls);
        Assert.All(statuses, static status => Assert.Equal(200, status.Key));
        Assert.True(waited <= served * 0.001, $"{waited} of {served} callers waited.");
        Assert.True(calls >= Connections * (Duration / Lifetime) * 0.9, $"{calls} token calls are too few for {Connections} connections.");
        Assert.Equal(0, provider.Reuses);
        Assert.InRange(provider.MostInFlight, 1, 17);
    }

    // The rate does not depend on the answers, so that a stalled gateway still gets the full load.
    private static async Task<ConcurrentDictionary<int, int>> CallAsync(GatewayProcess gateway)
    {
        var statuses = new ConcurrentDictionary<int, int>();
        var calls = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var since = TimeProvider.System.GetTimestamp();
        for (var sent = 0; TimeProvider.System.GetElapsedTime(since) < Duration;)
        {
            await timer.WaitForNextTickAsync();
            for (; sent < TimeProvider.System.GetElapsedTime(since).TotalSeconds * RequestsPerSecond; sent++)
            {
                calls.Add(CallAsync(gateway, $"c{sent % Connections}", statuses));
            }

            calls.RemoveAll(static call => call.IsCompletedSuccessfully);
        }

        await Task.WhenAll(calls);
        return statuses;
    }

    private static async Task CallAsync(GatewayProcess gateway, string connection, ConcurrentDictionary<int, int> statuses)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/rotating/x");
        request.Headers.Add("Gateway-Connection", connection);
        using var answer = await gateway.Proxy.SendAsync(request);
        statuses.AddOrUpdate((int)answer.StatusCode, 1, static (_, count) => count + 1);
    }

    private static async Task<(double Served, double Waited)> CountAsync(GatewayProcess gateway) =>
        (await Metrics.SumAsync(gateway, "gateway_credentials_total"),
            await Metrics.SumAsync(gateway, "gateway_credentials_total", "source=\"refresh\""));

    private static async Task ReportAsync(GatewayProcess gateway, RotatingProvider provider, double served, double waited, int calls)
    {
        var memory = (await File.ReadAllLinesAsync($"/proc/{gateway.Id}/status"))
            .FirstOrDefault(static line => line.StartsWith("VmRSS", StringComparison.Ordinal));
        var report = string.Create(CultureInfo.InvariantCulture, $"""
            {Connections} connections, tokens of {Lifetime.TotalSeconds} s, {Duration.TotalSeconds} s
            callers served             {served}
            callers that waited        {waited} ({(served > 0 ? waited / served : 0):P3})
            token calls                {calls} ({calls / Duration.TotalSeconds:F1}/s)
            most token calls at once   {provider.MostInFlight}
            spent grants presented     {provider.Reuses}
            tokens refused             {provider.Refused}
            gateway {memory}

            """);
        TestContext.Current.TestOutputHelper?.WriteLine(report);
        if (Environment.GetEnvironmentVariable("RENEWAL_SOAK_REPORT") is { Length: > 0 } file)
        {
            await File.WriteAllTextAsync(file, report);
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : otherwise;
}
