using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Admin;

public sealed class VerifyConnectionTests : IDisposable
{
    private const string Canary = "CANARY-of-the-provider";

    private readonly WireMockServer _provider = WireMockServer.Start();

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(302, false)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(503, false)]
    public async Task The_status_of_the_provider_decides_and_its_body_is_not_shown(int status, bool verified)
    {
        _provider.Given(Request.Create().WithPath("/v2/info").UsingGet())
            .RespondWith(
                Response.Create().WithStatusCode(status).WithHeader("Location", _provider.Urls[0] + "/elsewhere")
                    .WithBody(status == 204 ? "" : Canary));
        await using var app = await AppAsync();

        var (answered, body) = await app.SendAsync(HttpMethod.Post, "/connections/keys/shop/verify");

        Assert.Equal(200, answered);
        Assert.Equal((verified, status), (body!["verified"]!.GetValue<bool>(), body["status"]!.GetValue<int>()));
        Assert.DoesNotContain(Canary, body.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain("shop-key", app.Logs.Text, StringComparison.Ordinal);
        var request = Assert.Single(_provider.LogEntries).RequestMessage;
        Assert.EndsWith("/v2/info?short=1&token=shop-key", request.Url, StringComparison.Ordinal);
        Assert.Equal("shop-key", Assert.Single(request.Headers!["X-Key"]));
        Assert.Equal("application-half-of-the-pair", Assert.Single(request.Headers["X-Secret"]));
        Assert.False(request.Headers.ContainsKey("traceparent"));
        Assert.Contains(
            app.Logs.Entries, line => line is { EventId: 3004 } && line.Message.Contains($"{status}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_unreachable_provider_is_502()
    {
        await using var app = await AppAsync();
        _provider.Stop();
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/keys/shop/verify");
        Assert.Equal((502, "upstream_unreachable"), (status, body!["code"]!.GetValue<string>()));
        Assert.DoesNotContain("shop-key", body.ToJsonString() + app.Logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_provider_without_a_Verify_path_cannot_be_verified()
    {
        await using var app = await AdminApp.StartAsync();
        await app.PutAsync("/connections/hosted/fund", new { refreshToken = "r", accessToken = "a", fields = new { client = "north" } });
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/hosted/fund/verify");
        Assert.Equal((422, "not_verifiable"), (status, body!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_unknown_connection_cannot_be_verified()
    {
        await using var app = await AdminApp.StartAsync();
        var (status, body) = await app.SendAsync(HttpMethod.Post, "/connections/keys/nobody/verify");
        Assert.Equal((404, "connection_not_found"), (status, body!["code"]!.GetValue<string>()));
    }

    public void Dispose() => _provider.Dispose();

    private async Task<AdminApp> AppAsync()
    {
        var app = await AdminApp.StartAsync(TestProviders.Keys(_provider.Urls[0]));
        await app.PutAsync("/connections/keys/shop", new { fields = new { apiKey = "shop-key" } });
        return app;
    }
}
