using System.Globalization;
using System.Net;

namespace Gateway.IntegrationTests.Flow;

/// <summary>
/// Memory of a gateway with the embedded store: while connections are stored, with all of them, and after the next start.
/// <c>tests/memory.sh</c> runs it with 100 000 and prints the figures.
/// </summary>
public sealed class StoredConnectionsMemoryTests(ITestOutputHelper output)
{
    private const int BudgetMebibytes = 300;
    private const int CallersAtOnce = 8;

    // No token endpoint is called: no token is due during the measurement.
    private const string Configuration = """
        { "Providers": { "acme": {
            "Kind": "OAuth2", "Grant": "AuthorizationCode", "Origin": "https://acme.invalid",
            "AuthorizationEndpoint": "https://acme.invalid/authorize", "TokenEndpoint": "https://acme.invalid/token",
            "ClientId": "test-client", "ClientSecret": "secret-of-a-test" } } }
        """;

    private static readonly int Connections = Setting("MEMORY_CONNECTIONS", 2_000);

    [Fact]
    public async Task Memory_stays_bounded_while_connections_are_stored_and_after_the_next_start()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /proc");
        using var folder = new TemporaryDirectory();
        string[] settings = [$"Store:Path={folder.Path}"];
        await using (var gateway = await GatewayProcess.StartAsync(Configuration, settings))
        {
            await FillAsync(gateway);
            await CheckAsync(gateway, "filled");
            Assert.Equal(0, await gateway.StopAsync());
        }

        await using var next = await GatewayProcess.StartAsync(Configuration, settings);
        await CheckAsync(next, "started again");
    }

    // A checkpoint of the store may delay a write until it is answered 503; the client then retries.
    private static async Task FillAsync(GatewayProcess gateway) => await Parallel.ForEachAsync(
        Enumerable.Range(0, Connections),
        new ParallelOptions { MaxDegreeOfParallelism = CallersAtOnce },
        async (i, _) => await Eventually.TrueAsync(() => IsPutAsync(gateway, i), () => gateway.Output));

    private static async Task<bool> IsPutAsync(GatewayProcess gateway, int i)
    {
        using var answer = await gateway.Admin.PutAsJsonAsync($"/connections/acme/company-{i}", new
        {
            refreshToken = $"refresh-{i}-{new string('r', 40)}",
            accessToken = $"access-{i}-{new string('a', 40)}",
            expiresIn = 86_400,
        });
        return answer.StatusCode == HttpStatusCode.ServiceUnavailable ? false : answer.EnsureSuccessStatusCode().IsSuccessStatusCode;
    }

    // The peak resident size shows what the filling needed.
    private async Task CheckAsync(GatewayProcess gateway, string when)
    {
        var (now, most) = (await MebibytesAsync(gateway, "VmRSS"), await MebibytesAsync(gateway, "VmHWM"));
        output.WriteLine($"{Connections} connections, {when}: {now} MiB resident, {most} MiB at most");
        Assert.True(most <= BudgetMebibytes, $"{most} MiB, {when}");
    }

    private static async Task<int> MebibytesAsync(GatewayProcess gateway, string field)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{gateway.Id}/status");
        var kibibytes = lines.Single(line => line.StartsWith(field + ":", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        return int.Parse(kibibytes, CultureInfo.InvariantCulture) / 1024;
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : otherwise;
}
