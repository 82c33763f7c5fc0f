using Gateway.Configuration.Listeners;

namespace Gateway.Tests.Configuration.Listeners;

public sealed class ConnectionHeaderEncodingTests
{
    [Theory]
    [InlineData("keep-alive")]
    [InlineData("Keep-Alive")]
    public void The_usual_header_costs_no_memory(string header)
    {
        var (encoding, line) = (ConnectionHeaderEncoding.ForHeader("connection")!, System.Text.Encoding.ASCII.GetBytes(header));
        Assert.Equal("", encoding.GetString(line.AsSpan()));

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 100; round++)
        {
            encoding.GetString(line.AsSpan());
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
