using System.Net;
using System.Net.Sockets;

using Gateway.Benchmarks;

namespace Gateway.Tests.Proxy;

/// <summary>Allocations of a warm request, compared with bare YARP in the same process with the same third party.</summary>
[Collection(Alone)]
public sealed class AllocationTests(ITestOutputHelper output)
{
    /// <summary>Runs alone: the runtime counts the allocations of the whole process.</summary>
    public const string Alone = "Measured alone";

    private const int Budget = 1024;
    private const int Requests = 1000;

    [Fact]
    public async Task A_warm_request_allocates_at_most_a_kibibyte_more_than_bare_YARP()
    {
        using var upstream = new CannedOrigin();
        await using var bare = await BareYarp.StartAsync(upstream.Address);
        await using var gateway = await GatewayUnderTest.StartAsync(new GatewaySetup()
            .Secret("acme", upstream.Address, "token-1")
            .Route("acme", "/acme/{**path}", upstream.Address, "\"PathPattern\": \"/v1/{**path}\"", "\"Credential\": \"acme\""));
        var barePort = new Uri(bare.Urls.First()).Port;

        Measure(barePort);
        Measure(gateway.Port);
        var differences = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            var (without, with) = (Measure(barePort), Measure(gateway.Port));
            output.WriteLine($"bare {without:F0}, gateway {with:F0} bytes a request");
            differences.Add(with - without);
        }

        Assert.InRange(differences.Order().ElementAt(2), -100_000, Budget);
    }

    // Caller and third party do not allocate, so only the proxy's allocations are counted.
    private static double Measure(int port)
    {
        using var caller = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        caller.Connect(IPAddress.Loopback, port);
        var request = "GET /acme/invoices/7?page=2 HTTP/1.1\r\nHost: gateway\r\nUser-Agent: app/1\r\nAccept: */*\r\n\r\n"u8.ToArray();
        var buffer = new byte[4096];
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var sent = 0; sent < Requests; sent++)
        {
            caller.Send(request);
            var length = 0;
            while (!buffer.AsSpan(0, length).EndsWith(CannedOrigin.Body))
            {
                var read = caller.Receive(buffer.AsSpan(length));
                Assert.NotEqual(0, read);
                length += read;
            }
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)Requests;
    }
}

[CollectionDefinition(AllocationTests.Alone, DisableParallelization = true)]
public sealed class MeasuredAlone;
