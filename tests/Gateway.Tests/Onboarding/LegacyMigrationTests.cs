using System.Net;

namespace Gateway.Tests.Onboarding;

/// <summary>Migration from a pasted token to an approved connection under the same route and name.</summary>
public sealed class LegacyMigrationTests
{
    [Fact]
    public async Task A_route_migrates_to_consent_without_an_outage()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.Write("route.json", RouteTo("bokio-private"));
        await using var app = await ConnectApp.StartAsync("--config", file);
        app.Providers.Bokio.RateLimit = int.MaxValue; // The number of calls during the migration depends on the machine.
        var path = $"bokio/companies/{app.Providers.Bokio.Company("acme").Id}/invoices";
        var legacy = app.Providers.Bokio.IssueIntegrationToken("acme");
        using var put = await app.Operator.PutAsJsonAsync(
            "/connections/bokio-private/acme", new { fields = new { token = $" \"Bearer {legacy}\"\r\n" } });
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        using var moved = new CancellationTokenSource();
        var calls = CallUntilAsync(app, path, moved.Token);
        Assert.Equal("Bokio is connected", (await app.WalkAsync(await app.LinkAsync("bokio"))).Title);
        await File.WriteAllTextAsync(file, RouteTo("bokio"), TestContext.Current.CancellationToken);
        await app.ReloadAsync();
        await moved.CancelAsync();

        Assert.All(await calls, static status => Assert.Equal(HttpStatusCode.OK, status));
        app.Providers.Bokio.RevokeIntegrationToken(legacy);
        Assert.Equal(HttpStatusCode.OK, await app.CallAsync(path));
    }

    private static async Task<List<HttpStatusCode>> CallUntilAsync(ConnectApp app, string path, CancellationToken moved)
    {
        using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        var statuses = new List<HttpStatusCode>();
        do
        {
            statuses.Add(await app.CallAsync(path));
            await pace.WaitForNextTickAsync(CancellationToken.None);
        }
        while (!moved.IsCancellationRequested);

        return statuses;
    }

    private static string RouteTo(string provider) => $$$"""
        { "ReverseProxy": { "Routes": { "bokio": {
          "Transforms": [ { "PathPattern": "/v1/{**path}" }, { "Credential": "{{{provider}}}" } ] } } } }
        """;
}
