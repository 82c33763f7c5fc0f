using System.Net;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

public sealed class RequestLogTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient _http = SimulatedClient.Create();
    private SimulatedBokio _bokio = null!;

    public async ValueTask InitializeAsync() => _bokio = await SimulatedBokio.StartAsync();

    public ValueTask DisposeAsync() => _bokio.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task The_request_head_is_recorded_byte_for_byte()
    {
        await SimulatedClient.RawAsync(_bokio.Api.Address,
            "GET /v1//a%2Fb/%zz/../c?q=%20+&q=2 HTTP/1.1\r\nHost: x\r\nX-b:  2 \r\nx-A: 1\r\nX-B: 3\r\nconnection: close\r\n\r\n");

        var request = _bokio.Api.Requests.Last;
        Assert.Equal("GET", request.Method);
        Assert.Equal("/v1//a%2Fb/%zz/../c?q=%20+&q=2", request.Target);
        Assert.Equal("HTTP/1.1", request.Protocol);
        Assert.Equal(
            ["Host=x", "X-b=2", "x-A=1", "X-B=3", "connection=close"], request.Headers.Select(header => $"{header.Key}={header.Value}"));
        Assert.Equal(["2", "3"], request.HeaderValues("x-b"));
    }

    [Fact]
    public async Task Requests_on_one_connection_are_separated_with_any_framing()
    {
        await SimulatedClient.RawAsync(_bokio.Api.Address,
            "POST /one HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nGET " +
            "POST /two HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: 1\r\n\r\n" +
            "POST /three HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" +
            "GET /four HTTP/1.1\r\nHost: x\r\nX-Last: yes\r\nConnection: close\r\n\r\n");

        var requests = _bokio.Api.Requests.Snapshot();
        Assert.Equal(["/one", "/two", "/three", "/four"], requests.Select(request => request.Target));
        Assert.Equal(["GET ", "abc0123456789", "", ""], requests.Select(request => request.BodyText));
        Assert.Single(requests.Select(request => request.ConnectionId).Distinct(StringComparer.Ordinal));
        Assert.Equal("yes", requests[3].Header("X-Last"));
        Assert.All(requests, request => Assert.Equal(401, request.Status));
    }

    [Fact]
    public async Task The_log_is_bounded_and_keeps_counting()
    {
        await using var small = await SimulatedBokio.StartAsync(new SimulationOptions { LogCapacity = 2 });
        for (var sent = 1; sent <= 3; sent++)
        {
            using var answer = await _http.GetAsync(small.Api.Address, $"/{sent}", bearer: null);
        }

        Assert.Equal(["/2", "/3"], small.Api.Requests.Snapshot().Select(request => request.Target));
        Assert.Equal(3, small.Api.Requests.Total);
    }

    [Fact]
    public async Task Waiting_ends_when_enough_requests_have_arrived()
    {
        var three =
            _bokio.Api.Requests.WaitForAsync(request => request.Target.Equals("/x", StringComparison.Ordinal), 3, SimulatedClient.Deadline);
        for (var sent = 0; sent < 3; sent++)
        {
            Assert.False(three.IsCompleted);
            using var answer = await _http.GetAsync(_bokio.Api.Address, "/x", bearer: null);
        }

        await three;
    }

    [Theory]
    [InlineData(nameof(Wire.Http2), "HTTP/2")]
    [InlineData(nameof(Wire.Tls), "HTTP/2")]
    [InlineData(nameof(Wire.Tls), "HTTP/1.1")]
    public async Task Other_protocols_are_recorded(string wire, string protocol)
    {
        await using var bokio = await SimulatedBokio.StartAsync(new SimulationOptions { Wire = Enum.Parse<Wire>(wire) });
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(bokio.Api.Address, "/v1/a%2Fb?x=1"));
        request.Version = protocol == "HTTP/2" ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Content = SimulatedClient.Json("{}");
        request.Headers.Add("X-Twice", ["1", "2"]);

        using var answer = await _http.SendAsync(request, SimulatedClient.Deadline);

        var seen = bokio.Api.Requests.Last;
        Assert.Equal((protocol, "/v1/a%2Fb?x=1", "{}"), (seen.Protocol, seen.Target, seen.BodyText));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("1", seen.HeaderValues("X-Twice")[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Echo_describes_and_streams_back()
    {
        var (company, token) = (_bokio.Company("acme").Id, _bokio.Connect("acme").AccessToken);

        using var described = await _http.CallAsync(
            HttpMethod.Put, new Uri(_bokio.Api.Address, $"/v1/companies/{company}/echo/x%2Fy?z"), token, SimulatedClient.Json("[1]"));
        using var streamed = await _http.CallAsync(
            HttpMethod.Post, new Uri(_bokio.Api.Address, $"/v1/companies/{company}/echo-body"), token, new StringContent("stream"));

        var json = await described.JsonAsync();
        Assert.Equal($"/v1/companies/{company}/echo/x%2Fy?z", (string?)json["target"]);
        Assert.Equal("[1]", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((string)json["body"]!)));
        Assert.Equal("stream", await streamed.Content.ReadAsStringAsync(SimulatedClient.Deadline));
    }

    [Fact]
    public async Task Streamed_echo_ends_with_a_trailer_over_http2()
    {
        await using var bokio = await SimulatedBokio.StartAsync(new SimulationOptions { Wire = Wire.Http2 });
        using var request =
            new HttpRequestMessage(HttpMethod.Post, new Uri(bokio.Api.Address, $"/v1/companies/{bokio.Company("acme").Id}/echo-body"));
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Content = new StringContent("stream");
        request.Headers.Authorization = new("Bearer", bokio.Connect("acme").AccessToken);

        using var answer = await _http.SendAsync(request, SimulatedClient.Deadline);

        Assert.Equal("stream", await answer.Content.ReadAsStringAsync(SimulatedClient.Deadline));
        Assert.Equal("6", answer.TrailingHeaders.GetValues("Echo-Length").Single());
    }
}
