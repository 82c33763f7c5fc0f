using System.Net;
using System.Text;
using WireMock;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using WireMock.Types;
using WireMock.Util;

namespace Gateway.Tests.Compat.WireMock;

public sealed class ResponseTests : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start();
    private readonly HttpClient _client = new();

    [Fact]
    public async Task StatusHeadersAndText_AreSentAsSaid()
    {
        Given(Response.Create().WithStatusCode(418).WithHeader("Retry-After", "7").WithHeader("X-Two", "a", "b")
            .WithHeader("Content-Type", "text/plain").WithBody("short and stout"));

        using var response = await GetAsync();
        Assert.Equal(418, (int)response.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(7), response.Headers.RetryAfter?.Delta);
        Assert.Equal(["a", "b"], response.Headers.GetValues("X-Two").ToArray());
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("short and stout", await BodyAsync(response));
    }

    [Fact]
    public async Task NothingSaid_Is200WithoutBody()
    {
        Given(Response.Create());

        using var response = await GetAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("", await BodyAsync(response));
    }

    [Fact]
    public async Task Json_KeepsNamesAndLeavesNullsOut()
    {
        Given(Response.Create().WithBodyAsJson(new { access_token = "made-up", Ünit = "é", scope = (string?)null, expires_in = 60 }));

        using var response = await GetAsync();
        Assert.Equal("{\"access_token\":\"made-up\",\"Ünit\":\"é\",\"expires_in\":60}", await BodyAsync(response));
        Assert.Null(response.Content.Headers.ContentType);
    }

    [Fact]
    public async Task Bytes_ArriveUnchanged()
    {
        byte[] bytes = [0, 255, 13, 10, 128];
        Given(Response.Create().WithBody(bytes));

        using var response = await GetAsync();
        Assert.Equal(bytes, await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task BodyFactories_SeeTheRequest()
    {
        _server.Given(Request.Create().WithPath("/text")).RespondWith(Response.Create().WithBody(request => request.Method + request.Path));
        _server.Given(Request.Create().WithPath("/later")).RespondWith(Response.Create().WithBody(async request =>
        {
            await Task.Yield();
            return request.RawQuery;
        }));
        _server.Given(Request.Create().WithPath("/json")).RespondWith(
            Response.Create().WithBodyAsJson(request => new { path = request.Path }));

        Assert.Equal("GET/text", await TextAsync("/text"));
        Assert.Equal("?a=%20b", await TextAsync("/later?a=%20b"));
        Assert.Equal("{\"path\":\"/json\"}", await TextAsync("/json"));
    }

    [Fact]
    public async Task Callback_MakesTheAnswer_AndWhatWasSaidOtherwiseStands()
    {
        var calls = 0;
        _server.Given(Request.Create().WithPath("/")).RespondWith(Response.Create().WithHeader("x-said", "yes").WithCallback(
            request => new ResponseMessage
            {
                StatusCode = ++calls == 1 ? 401 : 200,
                BodyData = new BodyData { BodyAsString = request.Method, DetectedBodyType = BodyType.String },
            }));

        using var first = await GetAsync();
        using var second = await GetAsync();
        Assert.Equal(HttpStatusCode.Unauthorized, first.StatusCode);
        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Equal("GET", await BodyAsync(second));
        Assert.Equal("yes", second.Headers.GetValues("x-said").Single());
    }

    [Fact]
    public async Task CallbackThatFails_IsAnswered500()
    {
        Given(Response.Create().WithCallback(IResponseMessage (_) => throw new InvalidOperationException("on purpose")));

        using var response = await GetAsync();
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Equal("on purpose", await BodyAsync(response));
    }

    [Fact]
    public async Task Delay_HoldsTheAnswerBack_AndStopDoesNotWaitForIt()
    {
        Given(Response.Create().WithDelay(TimeSpan.FromHours(1)));
        _server.Given(Request.Create().WithPath("/soon")).RespondWith(Response.Create().WithDelay(20).WithBody("late"));

        Assert.Equal("late", await TextAsync("/soon"));
        var pending = GetAsync();
        _server.Stop();
        await Assert.ThrowsAsync<HttpRequestException>(() => pending);
        Assert.False(_server.IsStarted);
    }

    [Fact]
    public async Task Faults_EmptyOrGarbleTheBody()
    {
        _server.Given(Request.Create().WithPath("/empty")).RespondWith(
            Response.Create().WithBody("0123456789").WithFault(FaultType.EMPTY_RESPONSE));
        _server.Given(Request.Create().WithPath("/garbled")).RespondWith(
            Response.Create().WithBody("0123456789").WithFault(FaultType.MALFORMED_RESPONSE_CHUNK));
        _server.Given(Request.Create().WithPath("/never")).RespondWith(
            Response.Create().WithBody("0123456789").WithFault(FaultType.EMPTY_RESPONSE, -1));

        Assert.Equal("", await TextAsync("/empty"));
        var garbled = await _client.GetByteArrayAsync(_server.Url + "/garbled", TestContext.Current.CancellationToken);
        Assert.Equal("01234", Encoding.ASCII.GetString(garbled, 0, 5));
        Assert.True(garbled.Length > 10);
        Assert.Equal("0123456789", await TextAsync("/never"));
    }

    [Fact]
    public async Task Head_MayNameALengthWithoutBody()
    {
        _server.Given(Request.Create().UsingHead()).RespondWith(Response.Create().WithHeader("Content-Length", "42"));

        using var request = new HttpRequestMessage(HttpMethod.Head, _server.Url);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(42, response.Content.Headers.ContentLength);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private static Task<string> BodyAsync(HttpResponseMessage response) =>
        response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private void Given(IResponseBuilder response) => _server.Given(Request.Create().WithPath("/").UsingAnyMethod()).RespondWith(response);

    private Task<HttpResponseMessage> GetAsync() => _client.GetAsync(_server.Url, TestContext.Current.CancellationToken);

    private Task<string> TextAsync(string target) => _client.GetStringAsync(_server.Url + target, TestContext.Current.CancellationToken);
}
