using System.Net;
using System.Net.Http.Headers;
using System.Text;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Settings;

namespace Gateway.Tests.Compat.WireMock;

public sealed class ServerTests : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start(new WireMockServerSettings { Port = 0 });
    private readonly HttpClient _client = new();

    [Fact]
    public void Start_TakesAFreePort_AndSaysWhich()
    {
        using var another = WireMockServer.Start("http://127.0.0.1:0");

        Assert.True(_server.IsStarted);
        Assert.Equal($"http://127.0.0.1:{_server.Port}", _server.Url);
        Assert.Equal([_server.Url!], _server.Urls);
        Assert.Equal([_server.Port], _server.Ports);
        Assert.NotEqual(_server.Port, another.Port);
    }

    [Fact]
    public async Task RequestThatNothingFits_IsAnswered404AndLogged()
    {
        using var response = await _client.GetAsync(_server.Url + "/nowhere", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        var entry = Assert.Single(_server.LogEntries);
        Assert.Equal("/nowhere", entry.RequestMessage.Path);
        Assert.Equal(404, entry.ResponseMessage.StatusCode);
        Assert.Null(entry.MappingGuid);
    }

    [Fact]
    public async Task Log_HoldsRequestAndResponse()
    {
        _server.Given(Request.Create().WithPath("/items")).WithTitle("items").RespondWith(
            Response.Create().WithStatusCode(201).WithBody("made"));
        using var request = new HttpRequestMessage(HttpMethod.Post, _server.Url + "/items?a=1&a=2&b=x%20y")
        {
            Content = new StringContent("{\"n\":1}", Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "made-up");
        request.Headers.Add("Cookie", "k=v");
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);

        var entry = Assert.Single(_server.LogEntries);
        var seen = entry.RequestMessage;
        Assert.Equal("POST", seen.Method);
        Assert.Equal("/items", seen.Path);
        Assert.Equal("?a=1&a=2&b=x%20y", seen.RawQuery);
        Assert.Equal(["1", "2"], seen.Query!["a"]);
        Assert.Equal("x y", seen.GetParameter("B", ignoreCase: true)!.Single());
        Assert.Equal("Bearer made-up", seen.Headers!["Authorization"].ToString());
        Assert.Equal("v", seen.Cookies!["k"]);
        Assert.Equal("{\"n\":1}", seen.Body);
        Assert.Equal("{\"n\":1}"u8.ToArray(), seen.BodyAsBytes);
        Assert.Equal("127.0.0.1", seen.ClientIP);
        Assert.Equal("1.1", seen.HttpVersion);
        Assert.Equal(_server.Url, seen.Origin);
        Assert.Equal(DateTimeKind.Utc, seen.DateTime.Kind);
        Assert.Equal("items", entry.MappingTitle);
        Assert.Equal(201, entry.ResponseMessage.StatusCode);
        Assert.Equal("made", entry.ResponseMessage.BodyData!.BodyAsString);
    }

    [Theory]
    [InlineData("/a/../b/%2e%2e/c%2Fd//e;v=1?q=%zz&r=a b")]
    [InlineData("/%41?x=1#")]
    public async Task AbsoluteUrl_IsByteForByteWhatCame(string target)
    {
        target = target.Replace(" ", "+", StringComparison.Ordinal);
        await RawClient.ExchangeAsync(_server.Port, $"GET {target} HTTP/1.1\r\nHost: upstream.test:81\r\nConnection: close\r\n\r\n");

        var seen = Assert.Single(_server.LogEntries).RequestMessage;
        Assert.Equal("http://upstream.test:81" + target, seen.AbsoluteUrl);
    }

    [Fact]
    public async Task BodyThatIsNoText_IsKeptAsBytesOnly()
    {
        byte[] bytes = [0xff, 0xfe, 0, 1];
        using var content = new ByteArrayContent(bytes);
        using var response = await _client.PostAsync(_server.Url, content, TestContext.Current.CancellationToken);

        var seen = Assert.Single(_server.LogEntries).RequestMessage;
        Assert.Equal(bytes, seen.BodyAsBytes);
        Assert.Null(seen.Body);
    }

    [Fact]
    public async Task RequestWhoseClientLeft_IsLogged()
    {
        _server.Given(Request.Create()).RespondWith(Response.Create().WithDelay(TimeSpan.FromHours(1)));
        var arrived = new TaskCompletionSource();
        var logged = new TaskCompletionSource();
        _server.Given(Request.Create().WithPath(path =>
        {
            arrived.TrySetResult();
            return false;
        })).RespondWith(Response.Create());
        _server.LogEntriesChanged += (_, _) => logged.TrySetResult();
        using var leave = new CancellationTokenSource();

        var pending = _client.GetAsync(_server.Url, leave.Token);
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Empty(_server.LogEntries);
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending);
        await logged.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Single(_server.LogEntries);
    }

    [Fact]
    public async Task FindLogEntries_TakesTheSameMatchersAsGiven()
    {
        await GetAsync("/one");
        await GetAsync("/two");
        await GetAsync("/two");

        Assert.Equal(2, _server.FindLogEntries(Request.Create().WithPath("/two").UsingGet()).Count);
        Assert.Empty(_server.FindLogEntries(Request.Create().UsingPost()));
    }

    [Fact]
    public async Task Resets_ForgetWhatTheySay()
    {
        _server.Given(Request.Create()).RespondWith(Response.Create());
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/"));

        _server.ResetLogEntries();
        Assert.Empty(_server.LogEntries);
        Assert.Equal(HttpStatusCode.OK, await GetAsync("/"));
        _server.ResetMappings();
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync("/"));
        Assert.Equal(2, _server.LogEntries.Count);
        _server.Reset();
        Assert.Empty(_server.LogEntries);
    }

    [Fact]
    public async Task MappingOfAKnownGuid_ReplacesTheOldOne()
    {
        var guid = Guid.NewGuid();
        _server.Given(Request.Create().UsingGet().WithPath("/")).WithGuid(guid).RespondWith(Response.Create().WithStatusCode(500));
        _server.Given(Request.Create()).WithGuid(guid).RespondWith(Response.Create().WithStatusCode(204));

        Assert.Equal(HttpStatusCode.NoContent, await GetAsync("/"));
        Assert.Equal(guid, _server.LogEntries[0].MappingGuid);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private async Task<HttpStatusCode> GetAsync(string target)
    {
        using var response = await _client.GetAsync(_server.Url + target, TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
