using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

using Gateway.Demo.Providers;

namespace Gateway.Tests.Demo;

/// <summary>The faults of the simulation, tested at Bokio's token endpoint and API.</summary>
public sealed class FaultTests : BokioTests
{
    private const string TokenPath = "/v1/token";

    public static TheoryData<string> OddLifetimes => ["\"3600\"", "3600.5", "-1", "0", "99999999999999", "null"];

    private FaultPlan Faults => Bokio.Api.Faults;

    private TokenEndpointCounters Counters => Bokio.Authorization.Counters;

    [Fact]
    public async Task A_planned_answer_is_given_the_planned_number_of_times_and_spends_nothing()
    {
        var token = Bokio.Connect("acme").RefreshToken!;
        var planned = Faults.Add(TokenPath, Fault.Answer(503, """{"error":"busy"}""", ("Retry-After", "7")), times: 2);

        using var first = await RefreshRawAsync(token);
        var second = await RefreshAsync(token);
        var third = await RefreshAsync(token);

        Assert.Equal(
            ("7", """{"error":"busy"}"""),
            (first.Headers.GetValues("Retry-After").Single(), await first.Content.ReadAsStringAsync(SimulatedClient.Deadline)));
        Assert.Equal((503, 200), (second.Status, third.Status));
        Assert.Equal((2, 3), (planned.Used, Counters.Calls));
    }

    [Fact]
    public async Task A_fault_stays_until_it_is_removed_and_touches_its_path_only()
    {
        using (Faults.Add(TokenPath, Fault.Answer(500)))
        {
            Assert.Equal(HttpStatusCode.InternalServerError, (await RefreshRawAsync("x")).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await Http.GetAsync(Bokio.Api.Address, "/v1/connections", null)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.BadRequest, (await RefreshRawAsync("x")).StatusCode);
    }

    [Fact]
    public async Task Answer_lost_after_commit_leaves_the_refresh_token_spent()
    {
        var token = Bokio.Connect("acme").RefreshToken!;
        Faults.Add(TokenPath, Fault.LoseAnswer(), times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => RefreshRawAsync(token));

        Assert.Equal("invalid_grant", (await RefreshAsync(token)).Error);
    }

    [Fact]
    public async Task A_call_dropped_before_the_work_leaves_the_refresh_token_valid()
    {
        var token = Bokio.Connect("acme").RefreshToken!;
        Faults.Add(TokenPath, Fault.Drop(), times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => RefreshRawAsync(token));

        Assert.Equal(200, (await RefreshAsync(token)).Status);
    }

    [Fact]
    public async Task A_gate_holds_calls_and_the_counters_count_them_as_concurrent()
    {
        var (token, other, gate) = (Bokio.Connect("acme").RefreshToken!, Bokio.Connect("beta").RefreshToken!, new Gate());
        Faults.Add(TokenPath, Fault.HoldBefore(gate));

        var calls = new[] { RefreshAsync(token), RefreshAsync(token), RefreshAsync(other) };
        await gate.ArrivalsAsync(3).WaitAsync(SimulatedClient.Deadline);
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        gate.Open();
        var answers = await Task.WhenAll(calls);

        Assert.Equal([200, 200, 400], answers.Select(answer => answer.Status).Order());
        Assert.Equal((2, 2, 1), (Counters.MaxConcurrentPerRefreshToken, Counters.MaxConcurrentPerGrant, Counters.SpentRefreshTokenReuses));
    }

    [Fact]
    public async Task A_held_answer_is_already_committed()
    {
        var (tokens, gate) = (Bokio.Connect("acme"), new Gate());
        Faults.Add(TokenPath, Fault.HoldAnswer(gate), times: 1);

        var held = RefreshAsync(tokens.RefreshToken!);
        await gate.ArrivalsAsync().WaitAsync(SimulatedClient.Deadline);

        Assert.Equal("invalid_grant", (await RefreshAsync(tokens.RefreshToken!)).Error);
        gate.Open();
        Assert.Equal(200, (await held).Status);
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_closed_gate()
    {
        var (bokio, gate) = (await SimulatedBokio.StartAsync(), new Gate());
        bokio.Api.Faults.Add("/", Fault.HoldBefore(gate));
        var held = Http.GetAsync(bokio.Api.Address, "/", bearer: null);
        await gate.ArrivalsAsync().WaitAsync(SimulatedClient.Deadline);

        await bokio.DisposeAsync();

        await Assert.ThrowsAsync<HttpRequestException>(() => held);
    }

    [Fact]
    public async Task Delay_waits_on_the_clock_of_the_simulation()
    {
        var tokens = Bokio.Connect("acme");
        Faults.Add(TokenPath, Fault.Delay(TimeSpan.FromMinutes(10)));

        var delayed = RefreshAsync(tokens.RefreshToken!);
        await Eventually.TrueAsync(() => Time.PendingTimers > 0);
        Assert.False(delayed.IsCompleted);
        Time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(200, (await delayed).Status);
    }

    [Fact]
    public async Task Html_redirect_truncated_and_huge_answers()
    {
        Faults.Add(TokenPath, Fault.Html(), times: 1);
        using var html = await RefreshRawAsync("x");
        Faults.Add(TokenPath, Fault.Redirect(307, new Uri("http://127.0.0.1:9/elsewhere")), times: 1);
        using var redirect = await RefreshRawAsync("x");
        Faults.Add(TokenPath, Fault.Truncate(20), times: 1);
        using var truncated = await RefreshRawAsync(Bokio.Connect("acme").RefreshToken!);
        Faults.Add(TokenPath, Fault.HugeAnswer(3_000_000), times: 1);
        using var huge = await RefreshRawAsync("x");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (html.StatusCode, html.Content.Headers.ContentType?.MediaType));
        Assert.Equal((307, "http://127.0.0.1:9/elsewhere"), ((int)redirect.StatusCode, redirect.Headers.Location?.AbsoluteUri));
        var cut = await truncated.Content.ReadAsStringAsync(SimulatedClient.Deadline);
        Assert.Equal(20, cut.Length);
        Assert.ThrowsAny<JsonException>(() => JsonNode.Parse(cut));
        Assert.True((await huge.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline)).Length > 3_000_000);
    }

    [Fact]
    public async Task Cut_answer_ends_before_its_announced_length()
    {
        Faults.Add(TokenPath, Fault.CutAnswer(10), times: 1);

        await Assert.ThrowsAsync<HttpRequestException>(() => RefreshRawAsync(Bokio.Connect("acme").RefreshToken!));
    }

    [Theory]
    [MemberData(nameof(OddLifetimes))]
    public async Task The_lifetime_may_be_malformed(string json)
    {
        Faults.Add(TokenPath, Fault.SetField("expires_in", JsonNode.Parse(json)));

        var answer = await RefreshAsync(Bokio.Connect("acme").RefreshToken!);

        Assert.Equal(json, answer.Json["expires_in"]?.ToJsonString() ?? "null");
        Assert.True(Bokio.Authorization.IsLive(answer.AccessToken));
    }

    [Theory]
    [InlineData("expires_in")]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    [InlineData("token_type")]
    public async Task A_field_may_be_missing(string field)
    {
        Faults.Add(TokenPath, Fault.RemoveField(field));

        var answer = await RefreshAsync(Bokio.Connect("acme").RefreshToken!);

        Assert.False(answer.Json.ContainsKey(field));
        Assert.Equal(6, answer.Json.Count);
    }

    [Fact]
    public async Task Faults_add_up_in_the_order_of_planning()
    {
        Faults.Add(TokenPath, Fault.SetField("token_type", "mac"));
        Faults.Add(TokenPath, Fault.RemoveField("expires_in"));
        Faults.Add(TokenPath, Fault.SetHeader("X-Odd", "yes"));

        using var raw = await RefreshRawAsync(Bokio.Connect("acme").RefreshToken!);
        var json = await raw.JsonAsync();

        Assert.Equal(
            ("mac", false, "yes"), ((string?)json["token_type"], json.ContainsKey("expires_in"), raw.Headers.GetValues("X-Odd").Single()));
    }

    [Fact]
    public async Task Early_401_comes_before_the_body_was_sent()
    {
        Faults.Add("/v1/companies", Fault.EarlyAnswer(401), times: 1);

        var head = "POST /v1/companies/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n";
        var status = await SimulatedClient.RawStatusAsync(Bokio.Api.Address, head);

        Assert.Equal("HTTP/1.1 401 Unauthorized", status);
        Assert.Equal(0, Bokio.Api.Requests.Last.BodyLength);
    }

    [Fact]
    public async Task Date_follows_the_clock_and_its_offset()
    {
        using var right = await Http.GetAsync(Bokio.Api.Address, "/", bearer: null);
        Bokio.Api.ClockOffset = TimeSpan.FromHours(-3);
        using var wrong = await Http.GetAsync(Bokio.Api.Address, "/", bearer: null);

        Assert.Equal(Time.GetUtcNow(), right.Headers.Date);
        Assert.Equal(Time.GetUtcNow().AddHours(-3), wrong.Headers.Date);
    }

    [Fact]
    public async Task RetryAfter_is_in_seconds_or_a_date_and_spends_nothing()
    {
        var token = Bokio.Connect("acme").RefreshToken!;
        Faults.Add(TokenPath, Fault.TryLater(429, 7), times: 1);
        using var seconds = await RefreshRawAsync(token);
        Faults.Add(TokenPath, Fault.TryAt(503, Time.GetUtcNow().AddMinutes(1)), times: 1);
        using var date = await RefreshRawAsync(token);

        Assert.Equal((429, TimeSpan.FromSeconds(7)), ((int)seconds.StatusCode, seconds.Headers.RetryAfter?.Delta));
        Assert.Equal((503, Time.GetUtcNow().AddMinutes(1)), ((int)date.StatusCode, date.Headers.RetryAfter?.Date));
        Assert.Equal(200, (await RefreshAsync(token)).Status);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(200)]
    public async Task An_error_may_come_with_any_status(int status)
    {
        Faults.Add(TokenPath, Fault.OAuthError("invalid_grant", status), times: 1);

        var answer = await RefreshAsync(Bokio.Connect("acme").RefreshToken!);

        Assert.Equal((status, "invalid_grant"), (answer.Status, answer.Error));
    }

    [Fact]
    public async Task A_slow_answer_delays_each_byte_and_loses_none()
    {
        Faults.Add(TokenPath, Fault.Drip(TimeSpan.FromSeconds(1)), times: 1);
        var start = Time.GetUtcNow();

        var call = RefreshAsync(Bokio.Connect("acme").RefreshToken!);
        await Eventually.TrueAsync(() =>
        {
            Time.Advance(TimeSpan.FromSeconds(1));
            return call.IsCompleted;
        });

        Assert.True(Bokio.Authorization.IsLive((await call).AccessToken));
        Assert.True(Time.GetUtcNow() - start >= TimeSpan.FromSeconds((await call).Json.ToJsonString().Length));
    }

    [Fact]
    public async Task Reencode_changes_the_charset_with_or_without_a_label()
    {
        Faults.Add(TokenPath, Fault.Reencode(System.Text.Encoding.Unicode, "utf-16"), times: 1);
        using var named = await RefreshRawAsync(Bokio.Connect("acme").RefreshToken!);
        Faults.Add(TokenPath, Fault.Reencode(System.Text.Encoding.UTF8, charset: null), times: 1);
        using var marked = await RefreshRawAsync(Bokio.Connect("acme").RefreshToken!);

        Assert.Equal("utf-16", named.Content.Headers.ContentType?.CharSet);
        Assert.Contains("access_token", await named.Content.ReadAsStringAsync(SimulatedClient.Deadline), StringComparison.Ordinal);
        Assert.Null(marked.Content.Headers.ContentType?.CharSet);
        Assert.Equal([0xEF, 0xBB, 0xBF], (await marked.Content.ReadAsByteArrayAsync(SimulatedClient.Deadline))[..3]);
    }

    [Fact]
    public async Task Meanwhile_runs_between_the_work_and_its_answer()
    {
        Faults.Add(TokenPath, Fault.Meanwhile(() => Bokio.Authorization.ExpireAccessTokens()));

        var answer = await RefreshAsync(Bokio.Connect("acme").RefreshToken!);

        Assert.Equal((200, false), (answer.Status, Bokio.Authorization.IsLive(answer.AccessToken)));
    }

    private async Task<HttpResponseMessage> RefreshRawAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Bokio.TokenEndpoint)
        {
            Content = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", token)]),
        };
        var pair = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{Bokio.Client.Id}:{Bokio.Client.Secret}"));
        request.Headers.Authorization = new("Basic", pair);
        return await Http.SendAsync(request, SimulatedClient.Deadline);
    }
}
