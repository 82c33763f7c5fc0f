using System.Net;

using Gateway.Demo.Providers;
using Gateway.Model;

namespace Gateway.Tests.Onboarding;

/// <summary>The store becomes unavailable while an owner is at the provider, before and after the code is redeemed.</summary>
public sealed class ConsentStoreOutageTests : IAsyncLifetime
{
    private ConnectApp _app = null!;
    private Uri _link = null!;
    private Uri _callback = null!;

    public async ValueTask InitializeAsync()
    {
        _app = await ConnectApp.StartAsync();
        await ComeBackAsync();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task An_outage_before_the_code_is_redeemed_spends_nothing_and_a_reload_continues()
    {
        _app.IsStoreAway = true;
        var page = await _app.Browser.GetAsync(_callback);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Not possible now", "5"), (page.Status, page.Title, page.Header("Retry-After")));
        Assert.Contains("<a class=\"button\" href>Try again</a>", page.Body, StringComparison.Ordinal);
        Assert.Equal(0, _app.CodesRedeemed);

        _app.IsStoreAway = false;
        Assert.Equal("Bokio is connected", (await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(_callback))).Title);
        Assert.Equal(1, _app.CodesRedeemed);
    }

    [Fact]
    public async Task An_outage_after_the_code_is_redeemed_shows_a_page_and_the_connection_is_stored_later()
    {
        var almost = await ComeBackToNoStoreAsync();
        Assert.Contains("You need not approve again", almost.Body, StringComparison.Ordinal);
        Assert.Single(_app.Journal.Kept);

        var again = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(_callback));
        Assert.Equal((HttpStatusCode.Accepted, almost.Title), (again.Status, again.Title));

        _app.IsStoreAway = false;
        var done = _app.Browser.Visited[^1];
        await UntilAsync(async () => (await _app.Browser.GetAsync(done)).Title == "Bokio is connected");
        Assert.Equal(1, (await _app.StoredAsync("bokio"))!.Generation);
        await UntilAsync(
            async () => (await _app.Browser.GetAsync(_link)).Target == done && (await _app.Browser.GetAsync(_callback)).Target == done);
        Assert.Equal(1, _app.CodesRedeemed);
        Assert.Empty(_app.Journal.Kept);

        using var stranger = new OwnerBrowser();
        Assert.Equal(HttpStatusCode.NotFound, (await stranger.GetAsync(_link)).Status);
        Assert.Equal([5000, 5001, 5005], AuditEvents());
    }

    [Fact]
    public async Task The_previous_connection_serves_until_it_is_replaced()
    {
        await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(_callback));
        var first = (await _app.StoredAsync("bokio"))!;
        await ComeBackAsync();
        await ComeBackToNoStoreAsync();

        _app.IsStoreAway = false;
        await UntilAsync(async () => (await _app.StoredAsync("bokio"))!.Generation == 2);
        Assert.NotEqual(first.Grant.RefreshToken, (await _app.StoredAsync("bokio"))!.Grant.RefreshToken);
    }

    [Fact]
    public async Task A_connection_removed_during_the_outage_stays_removed_and_the_page_does_not_report_success()
    {
        await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(_callback));
        await ComeBackAsync();
        await ComeBackToNoStoreAsync();
        var done = _app.Browser.Visited[^1];

        _app.IsStoreAway = false;
        await _app.Store.RemoveAsync(new("bokio", "acme"), CancellationToken.None);
        await UntilAsync(async () => (await _app.Browser.GetAsync(done)).Title == "This step is over");

        Assert.Null(await _app.StoredAsync("bokio"));
        Assert.Contains(_app.Logs.Entries, static line => line.EventId == 2014);
    }

    [Fact]
    public async Task A_link_without_a_result_is_valid_again_after_the_outage()
    {
        _app.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.Meanwhile(() => _app.IsStoreAway = true), times: 1);
        _app.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.SetField("access_token", ""), times: 1);
        Assert.Contains("notice=", (await _app.Browser.GetAsync(_callback)).Target!.Query, StringComparison.Ordinal);

        _app.IsStoreAway = false;
        await UntilAsync(async () => (await _app.Browser.GetAsync(_link)).Title == "Connect Bokio");
    }

    [Fact]
    public async Task A_connection_that_got_another_account_during_consent_is_not_replaced()
    {
        var stranger = new Connection
        {
            Id = new("bokio", "acme"),
            Generation = 1,
            Grant = Grant.None with { RefreshToken = new("of another company") },
            Fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["tenant_id"] = "11111111-1111-1111-1111-111111111111" },
        };
        await _app.Store.TryWriteAsync(stranger, 0, CancellationToken.None);

        Assert.EndsWith("notice=other-account", (await _app.Browser.GetAsync(_callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(stranger, await _app.StoredAsync("bokio"));
    }

    [Fact]
    public async Task A_grant_put_by_an_operator_during_the_code_exchange_stays()
    {
        var put = new Connection { Id = new("bokio", "acme"), Generation = 1, Grant = Grant.None with { RefreshToken = new("put") } };
        _app.Providers.Bokio.Api.Faults.Add(
            "/v1/token",
            Fault.Meanwhile(() => Assert.NotNull(_app.Store.TryWriteAsync(put, 0, CancellationToken.None).AsTask().Result)), times: 1);

        Assert.EndsWith("notice=changed", (await _app.Browser.GetAsync(_callback)).Target!.AbsoluteUri, StringComparison.Ordinal);
        Assert.Equal(put, await _app.StoredAsync("bokio"));
        Assert.Equal("Connect Bokio", (await _app.Browser.GetAsync(_link)).Title);
    }

    private IEnumerable<int> AuditEvents() =>
        _app.Logs.Entries.Where(static line => line.Category == "Gateway.Audit").Select(static line => line.EventId);

    private async Task ComeBackAsync()
    {
        _link = await _app.LinkAsync("bokio");
        _callback = await _app.DecideAsync(await _app.StartAsync(_link));
    }

    private async Task<OwnerBrowser.Answer> ComeBackToNoStoreAsync()
    {
        _app.Providers.Bokio.Api.Faults.Add("/v1/token", Fault.Meanwhile(() => _app.IsStoreAway = true), times: 1);
        var page = await _app.Browser.ArriveAsync(await _app.Browser.GetAsync(_callback));
        Assert.Equal((HttpStatusCode.Accepted, "Bokio is almost connected"), (page.Status, page.Title));
        return page;
    }

    private Task UntilAsync(Func<Task<bool>> condition) => Eventually.TrueAsync(async () =>
    {
        _app.Clock.Advance(TimeSpan.FromSeconds(1));
        return await condition();
    });
}
