namespace Gateway.Tests.Proxy;

/// <summary>A third party that resets idle pooled connections, through the gateway and through bare YARP.</summary>
public sealed class IdleResetTests(ITestOutputHelper output)
{
    private const string Get = "GET /acme/x HTTP/1.1\r\nHost: gateway\r\n\r\n";
    private const string Post = "POST /acme/x HTTP/1.1\r\nHost: gateway\r\nContent-Length: 4\r\n\r\nbody";
    private const string Delete = "DELETE /acme/x HTTP/1.1\r\nHost: gateway\r\n\r\n";

    [Theory]
    [InlineData(Get, 0.02, 25)]
    [InlineData(Post, 0.02, 25)]
    [InlineData(Delete, 0.02, 25)]
    [InlineData(Get, 1, 3)]
    [InlineData(Post, 1, 3)]
    [InlineData(Delete, 1, 3)]
    public async Task The_gateway_answers_no_more_502s_than_bare_YARP(string request, double idleSeconds, int rounds)
    {
        await using var behindGateway = RawUpstream.Start();
        await using var behindYarp = RawUpstream.Start();
        await using var gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
            .Secret("acme", behindGateway.Origin, "token-1")
            .Route("acme", "/acme/{**path}", behindGateway.Origin, "\"PathPattern\": \"/v1/{**path}\"", "\"Credential\": \"acme\""));
        await using var yarp = await BareYarp.StartAsync(behindYarp.Origin);
        var idle = TimeSpan.FromSeconds(idleSeconds);

        var failures = await Task.WhenAll(
            CountFailuresAsync(behindGateway, gateway.Port, request, idle, rounds),
            CountFailuresAsync(behindYarp, new Uri(yarp.Urls.First()).Port, request, idle, rounds));

        output.WriteLine($"502s of {rounds}: gateway {failures[0]}, bare YARP {failures[1]}");
        Assert.InRange(failures[0], 0, failures[1]);
    }

    private static async Task<int> CountFailuresAsync(RawUpstream upstream, int port, string request, TimeSpan idle, int rounds)
    {
        var failures = 0;
        var reset = new TaskCompletionSource();
        upstream.Answer = async (received, connection) =>
        {
            await RawUpstream.Says("200 OK", "ok")(received, connection);
            using var timer = new PeriodicTimer(idle);
            await timer.WaitForNextTickAsync();
            connection.Reset();
            reset.SetResult();
        };
        for (var round = 0; round < rounds; round++)
        {
            reset = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if ((await RawClient.SendAsync(port, request)).Status == 502)
            {
                // The request failed with the reset of the previous round, so no reset follows.
                failures++;
                continue;
            }

            await reset.Task.WaitAsync(Eventually.Patience);
        }

        Assert.Equal(rounds - failures, upstream.Connections);
        return failures;
    }
}
