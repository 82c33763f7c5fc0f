using System.Net.Sockets;
using System.Text;

namespace Gateway.IntegrationTests.Store.Redis;

/// <summary>Records every command that a server receives.</summary>
internal sealed class RedisMonitor : IDisposable
{
    private readonly TcpClient _client = new();
    private StreamReader? _lines;

    public static async Task<RedisMonitor> StartAsync(int port)
    {
        var monitor = new RedisMonitor();
        await monitor._client.ConnectAsync("127.0.0.1", port);
        var stream = monitor._client.GetStream();
        monitor._lines = new StreamReader(stream, Encoding.Latin1);
        await stream.WriteAsync("MONITOR\r\n"u8.ToArray());
        Assert.Equal("+OK", await monitor._lines.ReadLineAsync());
        return monitor;
    }

    /// <summary>All commands up to the one that contains a mark.</summary>
    public async Task<string> ReadUntilAsync(string mark)
    {
        var text = new StringBuilder();
        while (!text.ToString().Contains(mark, StringComparison.Ordinal))
        {
            text.AppendLine(await _lines!.ReadLineAsync());
        }

        return text.ToString();
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _client.Dispose();
    }
}
