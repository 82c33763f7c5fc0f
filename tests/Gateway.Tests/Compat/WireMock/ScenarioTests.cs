using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;

namespace Gateway.Tests.Compat.WireMock;

public sealed class ScenarioTests : IDisposable
{
    private readonly WireMockServer _server = WireMockServer.Start();
    private readonly HttpClient _client = new();

    [Fact]
    public async Task States_FollowEachOther_AndTheEndLeadsBackToTheStart()
    {
        Step("expired").WillSetStateTo("renewed").RespondWith(Response.Create().WithBody("401"));
        Step("expired").WhenStateIs("renewed").RespondWith(Response.Create().WithBody("200"));

        Assert.Equal(["401", "200", "401", "200"], await GetAsync(4));
    }

    [Fact]
    public async Task StateThatSetsItself_Lasts()
    {
        Step("expired").WillSetStateTo("renewed").RespondWith(Response.Create().WithBody("401"));
        Step("expired").WhenStateIs("renewed").WillSetStateTo("renewed").RespondWith(Response.Create().WithBody("200"));

        Assert.Equal(["401", "200", "200", "200"], await GetAsync(4));
    }

    [Fact]
    public async Task Times_HoldAStateForSoManyAnswers()
    {
        Step("flaky").WillSetStateTo("well", 2).RespondWith(Response.Create().WithBody("503"));
        Step("flaky").WhenStateIs("well").WillSetStateTo("well").RespondWith(Response.Create().WithBody("200"));

        Assert.Equal(["503", "503", "200", "200"], await GetAsync(4));
    }

    [Fact]
    public async Task SimultaneousRequests_MeetTheFirstStateOnce()
    {
        Step("expired").WillSetStateTo("renewed").RespondWith(Response.Create().WithBody("401"));
        Step("expired").WhenStateIs("renewed").WillSetStateTo("renewed").RespondWith(Response.Create().WithBody("200"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => OneAsync()));
        Assert.Single(answers, answer => answer == "401");
    }

    [Fact]
    public async Task ScenariosApart_KeepStatesApart_AndNumbersNameThemToo()
    {
        _server.Given(Request.Create().WithPath("/other")).InScenario("other").WillSetStateTo("seen").RespondWith(Response.Create());
        Step("1").WillSetStateTo(2).RespondWith(Response.Create().WithBody("first"));
        _server.Given(Request.Create().WithPath("/")).InScenario(1).WhenStateIs(2).RespondWith(Response.Create().WithBody("second"));

        await _client.GetStringAsync(_server.Url + "/other", TestContext.Current.CancellationToken);
        Assert.Equal(["first", "second"], await GetAsync(2));
    }

    [Fact]
    public async Task Reset_TakesScenariosBackToTheStart()
    {
        Step("expired").WillSetStateTo("renewed").RespondWith(Response.Create().WithBody("401"));
        Step("expired").WhenStateIs("renewed").RespondWith(Response.Create().WithBody("200"));

        await GetAsync(1);
        _server.ResetScenarios();
        Assert.Equal(["401"], await GetAsync(1));
    }

    [Fact]
    public void StateWithoutScenario_IsRefused()
    {
        Assert.Throws<NotSupportedException>(() => _server.Given(Request.Create()).WhenStateIs("lost"));
        Assert.Throws<NotSupportedException>(() => _server.Given(Request.Create()).WillSetStateTo("lost"));
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private IRespondWithAProvider Step(string scenario) => _server.Given(Request.Create().WithPath("/").UsingGet()).InScenario(scenario);

    private Task<string> OneAsync() => _client.GetStringAsync(_server.Url, TestContext.Current.CancellationToken);

    private async Task<List<string>> GetAsync(int times)
    {
        var answers = new List<string>();
        for (var i = 0; i < times; i++)
        {
            answers.Add(await OneAsync());
        }

        return answers;
    }
}
