using Gateway.Tests.Infrastructure;
using Gateway.Tests.Operations.Live;

namespace Gateway.Tests.Operations;

/// <summary>The balancer's configuration in a real nginx, in front of two third parties that stand for gateways.</summary>
public sealed class BalancerTests : IAsyncLifetime
{
    private readonly RawUpstream _first = RawUpstream.Start();
    private readonly RawUpstream _second = RawUpstream.Start();

    public ValueTask InitializeAsync() => default;

    [Fact]
    public async Task Addresses_and_headers_pass_byte_for_byte()
    {
        await using var nginx = await NginxServer.StartAsync(_first.Port, _second.Port);
        const string Target = "/bokio/a%2Fb//c/%7Euser;v=1/.%2e/?q=%20&code=%zz&x=1+2";

        await RawClient.SendAsync(nginx.Port, $"GET {Target} HTTP/1.1\r\nHost: gateway.test\r\nX_under_score: kept\r\nGateway-Connection: acme\r\nConnection: close\r\n\r\n");

        var seen = Assert.Single(_first.Requests.Concat(_second.Requests));
        Assert.Equal(Target, seen.Target);
        Assert.Equal("gateway.test", seen.One("Host"));
        Assert.Equal("kept", seen.One("X_under_score"));
        Assert.Equal("acme", seen.One("Gateway-Connection"));
        Assert.DoesNotContain("code=", nginx.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_gateway_is_enough()
    {
        await using var nginx = await NginxServer.StartAsync(FreePort.Next(), _second.Port);

        for (var request = 0; request < 6; request++)
        {
            var answer = await RawClient.SendAsync(nginx.Port, "GET /bokio/x HTTP/1.1\r\nHost: g\r\nConnection: close\r\n\r\n");
            Assert.Equal(200, answer.Status);
        }
    }

    [Fact]
    public async Task A_request_that_changes_something_is_not_sent_twice()
    {
        _first.Answer = _second.Answer = static (_, connection) =>
        {
            connection.Dispose();
            return Task.CompletedTask;
        };
        await using var nginx = await NginxServer.StartAsync(_first.Port, _second.Port);

        var answer = await RawClient.SendAsync(nginx.Port, "POST /bokio/x HTTP/1.1\r\nHost: g\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");

        Assert.Equal(502, answer.Status);
        Assert.Single(_first.Requests.Concat(_second.Requests));
    }

    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _second.DisposeAsync();
    }
}
