using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tests.Tokens.Renewal;

public sealed class TokenRenewalTests : RenewalStage
{
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(10);

    private DateTimeOffset Overdue => Clock.GetUtcNow().AddSeconds(-1);

    [Fact]
    public async Task A_token_is_renewed_before_it_expires_without_a_request()
    {
        await StoreAsync("acme", Clock.GetUtcNow().AddHours(1));
        await StartAsync();
        await PassAsync(AWhile);
        Assert.Equal(0, Server.Calls);

        Clock.Advance(TimeSpan.FromMinutes(55));
        await UntilAsync(() => Server.Calls == 1, "The token was not renewed.");
        await PassAsync(AWhile);

        var stored = await StoredAsync("acme");
        Assert.Equal((1, 2L, "renewed"), (Server.Calls, stored.Generation, stored.Token!.Value.Reveal()));
    }

    [Fact]
    public async Task Several_instances_renew_each_connection_once()
    {
        for (var i = 0; i < 60; i++)
        {
            await StoreAsync($"c{i}", Overdue);
        }

        await StartAsync();
        await StartAsync();
        await UntilAsync(() => Server.Calls >= 60, "Not everything was renewed.");
        await PassAsync(AWhile);

        Assert.Equal(60, Server.Calls);
    }

    [Fact]
    public async Task Concurrent_renewals_stay_within_the_limit_of_the_provider()
    {
        Provider = Some.Provider(new OAuthClient
        {
            Grant = OAuthGrant.AuthorizationCode,
            TokenEndpoint = Provider.OAuth!.TokenEndpoint,
            ClientId = "c",
            ClientSecrets = [new("s")],
            MaxParallelRefreshes = 3,
            TokenTimeout = TimeSpan.FromMinutes(1),
        });
        Catalog.Replace([Provider]);
        var answer = Server.Answer;
        using var gate = new SemaphoreSlim(0);
        Server.Answer = async (context, form) =>
        {
            await gate.WaitAsync(context.RequestAborted);
            await answer(context, form);
        };
        for (var i = 0; i < 20; i++)
        {
            await StoreAsync($"c{i}", Overdue);
        }

        await StartAsync();
        await Eventually.TrueAsync(() => Server.Calls == 3, "Fewer calls than allowed are in flight.");
        await PassAsync(TimeSpan.FromSeconds(3));
        Assert.Equal(3, Server.Calls);

        gate.Release(20);
        await UntilAsync(() => Server.Calls == 20, "Not everything was renewed.");
        Assert.Equal(3, Server.MostInFlight);
    }

    [Fact]
    public async Task A_stalled_provider_does_not_delay_others()
    {
        await using var hanging = await TokenServer.StartAsync();
        hanging.Answer = static (context, _) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
        var stuck = new Provider
        {
            Name = "stuck",
            Kind = ProviderKind.OAuth2,
            Origin = Provider.Origin,
            Injection = Injection.Bearer,
            OAuth = Some.Client(hanging.Url, timeout: TimeSpan.FromMinutes(1)),
        };
        Catalog.Replace([stuck, Provider]);
        for (var i = 0; i < 40; i++)
        {
            await StoreAsync($"s{i}", Overdue, connection => connection with { Id = connection.Id with { Provider = "stuck" } });
        }

        await StartAsync();
        await Eventually.TrueAsync(() => hanging.Calls == 16, "The stalled provider was not called.");
        await StoreAsync("acme", Overdue);

        // Shorter than any deadline.
        await PassAsync(TimeSpan.FromSeconds(5));
        await Eventually.TrueAsync(() => Server.Calls == 1, "The other provider waits.");
        Assert.Equal(16, hanging.Calls);
    }

    [Fact]
    public async Task A_failed_renewal_is_retried_when_its_backoff_ends()
    {
        var calls = new ConcurrentQueue<DateTimeOffset>();
        Server.Answer = async (context, _) =>
        {
            calls.Enqueue(Clock.GetUtcNow());
            context.Response.StatusCode = 503;
            context.Response.Headers.RetryAfter = "40";
            await context.Response.WriteAsync("");
        };
        await StoreAsync("acme", Overdue);
        await StartAsync();

        await UntilAsync(() => calls.Count == 3, "The renewal was not retried.");

        Assert.All(
            calls.Zip(calls.Skip(1)),
            static pair => Assert.InRange(pair.Second - pair.First, TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(70)));
    }

    [Fact]
    public async Task A_dead_grant_is_presented_once()
    {
        Server.Say(400, """{"error":"invalid_grant"}""");
        await StoreAsync("acme", Overdue);
        await StartAsync();
        await UntilAsync(() => Server.Calls == 1, "The grant was not presented.");

        await PassAsync(TimeSpan.FromMinutes(2));

        Assert.Equal(1, Server.Calls);
        Assert.NotNull((await StoredAsync("acme")).DeadSince);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Renewal_pauses_during_a_store_outage_and_resumes_soon_after_it(bool reads)
    {
        await StoreAsync("acme", Overdue);
        (Store.Away, Store.ReadOnly) = (!reads, true);
        await StartAsync();
        await PassAsync(AWhile);
        Assert.Equal(0, Server.Calls);

        Store.Away = Store.ReadOnly = false;
        await UntilAsync(() => Server.Calls == 1, "No token was renewed after the outage.");
    }

    [Fact]
    public async Task Connections_are_renewed_while_their_provider_is_configured()
    {
        Catalog.Replace([]);
        await StoreAsync("acme", Overdue);
        await StartAsync();
        await PassAsync(AWhile);
        Assert.Equal(0, Server.Calls);

        Catalog.Replace([Provider]);
        await UntilAsync(() => Server.Calls == 1, "A provider that was added is not renewed.");
        Catalog.Replace([]);
        await PassAsync(AWhile);
        Clock.Advance(TimeSpan.FromHours(2));
        await PassAsync(AWhile);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task A_claim_that_an_instance_did_not_complete_is_done_by_another()
    {
        await StoreAsync("acme", Overdue);
        Assert.Single((await Store.ClaimAsync(Provider.Name, 1, TimeSpan.FromSeconds(15), CancellationToken.None)).Due);
        await StartAsync();
        await PassAsync(AWhile);
        Assert.Equal(0, Server.Calls);

        await UntilAsync(() => Server.Calls == 1, "The claim did not become due again.");
    }

    [Fact]
    public async Task A_stopping_instance_claims_no_renewal_and_the_drain_completes_those_in_flight()
    {
        using var gate = new SemaphoreSlim(0);
        var answer = Server.Answer;
        Server.Answer = async (context, form) =>
        {
            await gate.WaitAsync(context.RequestAborted);
            await answer(context, form);
        };
        await StoreAsync("acme", Overdue);
        var instance = await StartAsync();
        await UntilAsync(() => Server.Calls == 1, "No call is in flight.");

        await StopAsync(instance);
        await StoreAsync("late", Overdue);
        var draining = instance.StopAsync();
        Assert.False(draining.IsCompleted);
        gate.Release();
        await draining;

        Assert.Equal((2L, 1), ((await StoredAsync("acme")).Generation, Server.Calls));
    }

    [Fact]
    public async Task Requests_start_no_second_renewal()
    {
        using var gate = new SemaphoreSlim(0);
        var answer = Server.Answer;
        Server.Answer = async (context, form) =>
        {
            await gate.WaitAsync(context.RequestAborted);
            await answer(context, form);
        };
        Catalog.Replace([]);
        var instance = await StartAsync();
        for (var i = 0; i < 40; i++)
        {
            // Not yet expired, but due.
            await StoreAsync($"c{i}", Clock.GetUtcNow().AddMinutes(2));
            var served = await instance.Broker.GetAsync(Provider, new(Provider.Name, $"c{i}"), CancellationToken.None);
            Assert.Equal(CredentialSource.Store, served.Source);
        }

        await Eventually.TrueAsync(() => Server.Calls == Provider.OAuth!.MaxParallelRefreshes, "Fewer calls than allowed are in flight.");
        gate.Release(40);
        Catalog.Replace([Provider]);
        await UntilAsync(() => Server.Calls == 40, "The renewals that requests could not start were not done.");
        Assert.Equal(Provider.OAuth!.MaxParallelRefreshes, Server.MostInFlight);
    }
}
