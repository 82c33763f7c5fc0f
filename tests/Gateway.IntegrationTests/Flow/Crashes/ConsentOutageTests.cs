using System.Net;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;
using Gateway.Testing.TcpFaults;

namespace Gateway.IntegrationTests.Flow.Crashes;

/// <summary>
/// A real Redis is cut off while an owner returns from the provider, before and after the code is redeemed; processes end in between.
/// </summary>
public sealed class ConsentOutageTests : IAsyncLifetime
{
    private readonly OwnerBrowser _owner = new();
    private readonly string _connect = $"http://127.0.0.1:{FreePort.Next()}/";

    private CrashScene _scene = null!;
    private GatewayProcess _gateway = null!;
    private Uri _link = null!;
    private Uri _callback = null!;

    private int Redeemed => _scene.Flow.Bokio.Authorization.Counters.CallsOf("authorization_code");

    public async ValueTask InitializeAsync()
    {
        _scene = await CrashScene.StartAsync();
        _scene.Flow.Bokio.Client.AddRedirectUri($"{_connect}callback/bokio");
        _gateway = await StartAsync();
        using var made = await _gateway.Admin.PostAsync("/connections/bokio/default/connect-link", null);
        _link = new((string)(await ConnectApp.JsonAsync(made))["url"]!);
        var provider = (await _owner.PostAsync(_link)).Target!;
        _callback = (await _owner.PostAsync(provider, ("decision", "approve"), ("account", BokioFlow.Company))).Target!;
    }

    public async ValueTask DisposeAsync()
    {
        _owner.Dispose();
        await _gateway.DisposeAsync();
        await _scene.DisposeAsync();
    }

    [Fact]
    public async Task An_outage_before_the_code_is_redeemed_lets_the_owner_reload_the_page()
    {
        CutOff();
        var page = await _owner.GetAsync(_callback);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Not possible now", 0), (page.Status, page.Title, Redeemed));

        _scene.Proxy.Heal();
        await Eventually.TrueAsync(async () => (page = await _owner.GetAsync(_callback)).Status == HttpStatusCode.SeeOther);
        Assert.Equal("bokio is connected", (await _owner.ArriveAsync(page)).Title);
        await AssertConnectedOnceAsync();
    }

    [Fact]
    public async Task A_state_whose_removal_was_not_confirmed_needs_another_approval_and_the_link_stays_valid()
    {
        var reached = _scene.Hold(HoldPoint.Answer, "gateway:once:state:");
        var coming = _owner.GetAsync(_callback);
        await reached;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await coming).Status);

        _scene.CutHolds();
        await Eventually.TrueAsync(async () => (await _owner.ArriveAsync(await _owner.GetAsync(_callback))).Title == "This step is over");
        Assert.Equal(0, Redeemed);
        var provider = (await _owner.PostAsync(_link)).Target!;
        var callback = (await _owner.PostAsync(provider, ("decision", "approve"), ("account", BokioFlow.Company))).Target!;
        Assert.Equal("bokio is connected", (await _owner.ArriveAsync(await _owner.GetAsync(callback))).Title);
        await AssertConnectedOnceAsync();
    }

    [Fact]
    public async Task An_outage_after_the_code_is_redeemed_stores_the_connection_when_Redis_recovers()
    {
        await ComeBackToNoRedisAsync();
        Assert.Equal(1, await Metrics.SumAsync(_gateway, "gateway_unsaved_grants"));

        _scene.Proxy.Heal();
        await Eventually.TrueAsync(async () => (await _owner.GetAsync(_owner.Visited[^1])).Title == "bokio is connected");
        await Eventually.TrueAsync(
            async () => await Metrics.SumAsync(_gateway, "gateway_unsaved_grants") is 0);
        await Eventually.TrueAsync(async () => (await _owner.ArriveAsync(await _owner.GetAsync(_link))).Title == "bokio is connected");
        await Eventually.TrueAsync(async () => (await _owner.ArriveAsync(await _owner.GetAsync(_callback))).Title == "bokio is connected");
        await AssertConnectedOnceAsync();
    }

    [Fact]
    public async Task An_unconfirmed_write_is_not_repeated()
    {
        var reached = _scene.Hold(HoldPoint.Answer, "1 bokio/default");
        var coming = _owner.GetAsync(_callback);
        await reached;
        Assert.Equal("bokio is almost connected", (await _owner.ArriveAsync(await coming)).Title);

        _scene.CutHolds();
        await Eventually.TrueAsync(async () => (await _owner.GetAsync(_owner.Visited[^1])).Title == "bokio is connected");
        await AssertConnectedOnceAsync();
    }

    [Fact]
    public async Task A_stopping_gateway_waits_for_Redis()
    {
        await ComeBackToNoRedisAsync();
        var stopping = _gateway.StopAsync();
        await Eventually.TrueAsync(() => _gateway.Output.Contains("Application is shutting down", StringComparison.Ordinal));
        Assert.False(stopping.IsCompleted);
        _scene.Proxy.Heal();

        Assert.Equal(0, await stopping);
        await StartNextAsync();
        await AssertConnectedOnceAsync();
        Assert.DoesNotContain("The journal holds", _gateway.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_next_start_stores_the_grant_of_a_killed_process()
    {
        await ComeBackToNoRedisAsync();
        _gateway.Kill();
        await _gateway.WaitForExitAsync();
        _scene.Proxy.Heal();

        await StartNextAsync();
        await Eventually.TrueAsync(
            async () => (await _gateway.Admin.GetAsync("/connections/bokio/default")).IsSuccessStatusCode, () => _gateway.Output);
        await AssertConnectedOnceAsync();
        Assert.Contains("The journal holds 1", _gateway.Output, StringComparison.Ordinal);
    }

    private void CutOff()
    {
        _scene.Proxy.Refuse();
        _scene.Proxy.ResetAll();
    }

    private async Task ComeBackToNoRedisAsync()
    {
        _scene.Flow.Bokio.Api.Faults.Add("/v1/token", Fault.Meanwhile(CutOff), times: 1);
        var page = await _owner.ArriveAsync(await _owner.GetAsync(_callback));
        Assert.Equal((HttpStatusCode.Accepted, "bokio is almost connected"), (page.Status, page.Title));
    }

    private Task<GatewayProcess> StartAsync() =>
        _scene.StartGatewayAsync($"Kestrel:Endpoints:Connect:Url={_connect}", "Providers:bokio:Scopes:0=invoices:read");

    private async Task StartNextAsync()
    {
        await _gateway.DisposeAsync();
        _gateway = await StartAsync();
    }

    private async Task AssertConnectedOnceAsync()
    {
        var connection = JsonNode.Parse(await _gateway.Admin.GetStringAsync("/connections/bokio/default"))!;
        Assert.Equal(("ready", 1, 1), ((string)connection["status"]!, (int)connection["generation"]!, Redeemed));
        using var answer = await _gateway.Proxy.GetAsync(_scene.Flow.InvoicesPath);
        Assert.Equal((HttpStatusCode.OK, 0), (answer.StatusCode, _scene.Flow.Refreshes));
    }
}
