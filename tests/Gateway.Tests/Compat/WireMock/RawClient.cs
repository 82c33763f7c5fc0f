using System.Net.Sockets;
using System.Text;

namespace Gateway.Tests.Compat.WireMock;

/// <summary>Sends bytes that no HTTP client would send.</summary>
internal static class RawClient
{
    public static async Task<string> ExchangeAsync(int port, string request)
    {
        var token = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), token);
        using var answer = new StreamReader(stream, Encoding.Latin1);
        return await answer.ReadToEndAsync(token);
    }
}
