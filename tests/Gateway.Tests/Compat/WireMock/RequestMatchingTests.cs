using System.Net;
using WireMock.Matchers;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Compat.WireMock;

public sealed class RequestMatchingTests : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start();
    private readonly HttpClient _client = new();

    public static TheoryData<string, IRequestBuilder, bool> Paths => new()
    {
        { "/items", Request.Create().WithPath("/items"), true },
        { "/items/7", Request.Create().WithPath("/items"), false },
        { "/Items", Request.Create().WithPath("/items"), false },
        { "/items/7", Request.Create().WithPath("/items/*"), true },
        { "/items/7", Request.Create().WithPath("/items/?"), true },
        { "/items/77", Request.Create().WithPath("/items/?"), false },
        { "/a.b", Request.Create().WithPath("/a?b"), true },
        { "/axb", Request.Create().WithPath("/a.b"), false },
        { "/two", Request.Create().WithPath("/one", "/two"), true },
        { "/two%20words", Request.Create().WithPath("/two words"), true },
        { "/items/7", Request.Create().WithPath(new RegexMatcher("^/items/[0-9]+$")), true },
        { "/items/x", Request.Create().WithPath(new RegexMatcher("^/items/[0-9]+$")), false },
        { "/ITEMS", Request.Create().WithPath(new ExactMatcher(true, "/items")), true },
        { "/items", Request.Create().WithPath(new WildcardMatcher(MatchBehaviour.RejectOnMatch, "/items")), false },
        { "/items", Request.Create().WithPath(path => path.Length == 6), true },
        { "/items?a=1", Request.Create().WithPath("/items").WithParam("a"), true },
        { "/items?a=1", Request.Create().WithParam("a", "1"), true },
        { "/items?a=2", Request.Create().WithParam("a", "1"), false },
        { "/items?A=1", Request.Create().WithParam("a"), false },
        { "/items?a=1&a=2", Request.Create().WithParam("a", "1", "2"), true },
        { "/items?a=x%26y+z", Request.Create().WithParam("a", "x&y z"), true },
        { "/items?a=123", Request.Create().WithParam("a", new WildcardMatcher("1*")), true },
        { "/items", Request.Create().WithParam("a", MatchBehaviour.RejectOnMatch), true },
        { "/items?a=1&b=2", Request.Create().WithParam(query => query.Count == 2), true },
    };

    [Theory]
    [MemberData(nameof(Paths), DisableDiscoveryEnumeration = true)]
    public async Task PathAndParameters(string target, IRequestBuilder request, bool fits)
    {
        Given(request);

        Assert.Equal(fits, await FitsAsync(HttpMethod.Get, target));
    }

    [Fact]
    public async Task Methods_FitIfNamed_AndAllDoIfNoneIs()
    {
        Given(Request.Create().WithPath("/get").UsingGet());
        Given(Request.Create().WithPath("/not-get").UsingGet(MatchBehaviour.RejectOnMatch));
        Given(Request.Create().WithPath("/two").UsingMethod("PUT", "PROPFIND"));
        Given(Request.Create().WithPath("/any").UsingAnyMethod());
        Given(Request.Create().WithPath("/none-said"));

        Assert.True(await FitsAsync(HttpMethod.Get, "/get"));
        Assert.False(await FitsAsync(HttpMethod.Post, "/get"));
        Assert.False(await FitsAsync(HttpMethod.Get, "/not-get"));
        Assert.True(await FitsAsync(HttpMethod.Delete, "/not-get"));
        Assert.True(await FitsAsync(new HttpMethod("PROPFIND"), "/two"));
        Assert.False(await FitsAsync(HttpMethod.Get, "/two"));
        Assert.True(await FitsAsync(HttpMethod.Patch, "/any"));
        Assert.True(await FitsAsync(HttpMethod.Options, "/none-said"));
    }

    [Fact]
    public async Task Headers_FitByPattern_AndByAbsence()
    {
        Given(Request.Create().WithPath("/with").WithHeader("authorization", "bearer *"));
        Given(Request.Create().WithPath("/case").WithHeader("Authorization", "bearer *", ignoreCase: false));
        Given(Request.Create().WithPath("/without").WithHeader("Authorization", "*", MatchBehaviour.RejectOnMatch));
        Given(Request.Create().WithPath("/func").WithHeader(headers => headers["Authorization"].Single() == "Bearer made-up"));
        Given(Request.Create().WithPath("/matcher").WithHeader("Authorization", new ExactMatcher("Bearer made-up")));

        _client.DefaultRequestHeaders.Add("Authorization", "Bearer made-up");
        Assert.True(await FitsAsync(HttpMethod.Get, "/with"));
        Assert.False(await FitsAsync(HttpMethod.Get, "/case"));
        Assert.False(await FitsAsync(HttpMethod.Get, "/without"));
        Assert.True(await FitsAsync(HttpMethod.Get, "/func"));
        Assert.True(await FitsAsync(HttpMethod.Get, "/matcher"));

        _client.DefaultRequestHeaders.Clear();
        Assert.False(await FitsAsync(HttpMethod.Get, "/with"));
        Assert.True(await FitsAsync(HttpMethod.Get, "/without"));
        // The function throws without the header: it hasn't accepted, and the server goes on.
        Assert.False(await FitsAsync(HttpMethod.Get, "/func"));
    }

    [Fact]
    public async Task Bodies_FitAsTextBytesAndForm()
    {
        Given(Request.Create().WithPath("/exact").WithBody("grant"));
        Given(Request.Create().WithPath("/wild").WithBody("*grant_type=refresh_token*"));
        Given(Request.Create().WithPath("/func").WithBody((string? body) => body!.StartsWith("grant_type", StringComparison.Ordinal)));
        Given(Request.Create().WithPath("/bytes").WithBody((byte[]? bytes) => bytes!.Length == 24 && bytes[0] == (byte)'g'));
        Given(Request.Create().WithPath("/form").WithBody((IDictionary<string, string>? form) => form!["grant_type"] == "refresh_token"));

        FormUrlEncodedContent Form() => new([new("grant_type", "refresh_token")]);
        Assert.False(await FitsAsync(HttpMethod.Post, "/exact", Form()));
        Assert.True(await FitsAsync(HttpMethod.Post, "/wild", Form()));
        Assert.True(await FitsAsync(HttpMethod.Post, "/func", Form()));
        Assert.True(await FitsAsync(HttpMethod.Post, "/bytes", Form()));
        Assert.True(await FitsAsync(HttpMethod.Post, "/form", Form()));
        Assert.True(await FitsAsync(HttpMethod.Post, "/exact", new StringContent("grant")));
        Assert.False(await FitsAsync(HttpMethod.Post, "/form", new StringContent("grant_type=refresh_token")));
    }

    [Fact]
    public async Task OfSeveralThatFit_PriorityThenDemandsThenYouthDecide()
    {
        Answer("by priority", Request.Create().WithPath("/p"), priority: -1);
        Answer("demanding", Request.Create().WithPath("/p").UsingGet());
        Answer("old", Request.Create().WithPath("/q"));
        Answer("demanding", Request.Create().WithPath("/q").UsingGet());
        Answer("young", Request.Create().WithPath("/q"));
        Answer("old", Request.Create().WithPath("/r"));
        Answer("young", Request.Create().WithPath("/r"));
        Answer("fallback", Request.Create().WithPath("/*").UsingGet().WithHeader("Host", "*"), priority: 100);

        Assert.Equal("by priority", await _client.GetStringAsync(_server.Url + "/p", TestContext.Current.CancellationToken));
        Assert.Equal("demanding", await _client.GetStringAsync(_server.Url + "/q", TestContext.Current.CancellationToken));
        Assert.Equal("young", await _client.GetStringAsync(_server.Url + "/r", TestContext.Current.CancellationToken));
        Assert.Equal("fallback", await _client.GetStringAsync(_server.Url + "/s", TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private void Given(IRequestBuilder request) => _server.Given(request).RespondWith(Response.Create().WithStatusCode(202));

    private void Answer(string text, IRequestBuilder request, int priority = 0) =>
        _server.Given(request).AtPriority(priority).RespondWith(Response.Create().WithBody(text));

    private async Task<bool> FitsAsync(HttpMethod method, string target, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, _server.Url + target) { Content = content };
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.NotFound);
        return response.StatusCode == HttpStatusCode.Accepted;
    }
}
