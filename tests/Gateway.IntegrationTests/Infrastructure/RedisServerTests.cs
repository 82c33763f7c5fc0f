using System.Net.Sockets;
using System.Text;

namespace Gateway.IntegrationTests.Infrastructure;

public sealed class RedisServerTests
{
    [Fact]
    public async Task RestartAsync_AppendOnlyAfterKill_KeepsPortAndData()
    {
        await using var server = await RedisServer.StartAsync(appendOnly: true);
        var port = server.Port;
        Assert.Equal("+OK", await AskAsync(server, "SET k v"));

        await server.KillAsync();
        await server.RestartAsync();

        Assert.Equal(port, server.Port);
        Assert.Equal("$1", await AskAsync(server, "GET k"));
    }

    [Fact]
    public async Task StartAsync_WithPassword_DemandsIt()
    {
        await using var server = await RedisServer.StartAsync(password: "open-sesame");

        Assert.StartsWith("-NOAUTH", await AskAsync(server, "PING"), StringComparison.Ordinal);
        Assert.Equal("+OK", await AskAsync(server, "AUTH open-sesame"));
    }

    [Fact]
    public async Task FreezeAsync_AnswersOnlyAfterResume()
    {
        await using var server = await RedisServer.StartAsync();
        await server.FreezeAsync();

        var answer = AskAsync(server, "PING");
        await Assert.ThrowsAsync<TimeoutException>(() => answer.WaitAsync(TimeSpan.FromMilliseconds(100)));
        await server.ResumeAsync();

        Assert.Equal("+PONG", await answer);
    }

    [Fact]
    public async Task StartAsync_WrongArgument_FailsWithTheErrorOfTheServer()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => RedisServer.StartAsync(arguments: ["--no-such-option", "1"]));

        Assert.Contains("no-such-option", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DisposeAsync_Frozen_EndsAndRemovesTheDirectory()
    {
        var server = await RedisServer.StartAsync();
        await server.FreezeAsync();

        await server.DisposeAsync();

        Assert.False(Directory.Exists(server.Directory));
        await Assert.ThrowsAsync<SocketException>(() => AskAsync(server, "PING"));
    }

    private static async Task<string?> AskAsync(RedisServer server, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync();
    }
}
