using Gateway.IntegrationTests.Operations.Live;

namespace Gateway.IntegrationTests.Operations;

/// <summary>The balancer's configuration in a real nginx, in front of two test servers in place of the gateways.</summary>
public sealed class BalancerTests : IAsyncLifetime
{
    private readonly RawUpstream _first = RawUpstream.Start();
    private readonly RawUpstream _second = RawUpstream.Start();

    public ValueTask InitializeAsync() => default;

    [Fact]
    public async Task The_balancer_passes_addresses_and_headers_byte_for_byte()
    {
        await using var nginx = await NginxServer.StartAsync(_first.Port, _second.Port);
        const string Target = "/bokio/a%2Fb//c/%7Euser;v=1/.%2e/?q=%20&code=%zz&x=1+2";

        await RawClient.SendAsync(
            nginx.Port,
            $"GET {Target} HTTP/1.1\r\nHost: gateway.test\r\nX_under_score: kept\r\nGateway-Connection: acme\r\nConnection: close\r\n\r\n");

        var seen = Assert.Single(_first.Requests.Concat(_second.Requests));
        Assert.Equal(Target, seen.Target);
        Assert.Equal("gateway.test", seen.One("Host"));
        Assert.Equal("kept", seen.One("X_under_score"));
        Assert.Equal("acme", seen.One("Gateway-Connection"));
        Assert.DoesNotContain("code=", nginx.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_balancer_works_with_one_gateway()
    {
        await using var nginx = await NginxServer.StartAsync(FreePort.Next(), _second.Port);

        for (var request = 0; request < 6; request++)
        {
            var answer = await RawClient.SendAsync(nginx.Port, "GET /bokio/x HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
            Assert.Equal(200, answer.Status);
        }
    }

    [Fact]
    public async Task The_balancer_does_not_retry_an_unsafe_request()
    {
        _first.Answer = _second.Answer = static (_, connection) =>
        {
            connection.Dispose();
            return Task.CompletedTask;
        };
        await using var nginx = await NginxServer.StartAsync(_first.Port, _second.Port);

        var answer =
            await RawClient.SendAsync(nginx.Port, "POST /bokio/x HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");

        Assert.Equal(502, answer.Status);
        Assert.Single(_first.Requests.Concat(_second.Requests));
    }

    [Fact]
    public async Task The_balancer_forwards_the_address_of_the_owner_also_behind_a_TLS_proxy()
    {
        await using var app = await ConnectApp.StartAsync("Connect:TrustedProxies:0=127.0.0.1");
        await using var nginx = await NginxServer.StartAsync(app.Connect.Port, app.Connect.Port);

        var answer = await RawClient.SendAsync(
            nginx.ConnectPort,
            "GET /callback/bokio?state=a&state=b HTTP/1.1\r\nHost: connect.test\r\nX-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n"
                + "Connection: close\r\n\r\n");

        Assert.Equal(303, answer.Status);
        Assert.EndsWith(
            "from 203.0.113.7", Assert.Single(app.Logs.Entries, static line => line.EventId == 5003).Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }
}
