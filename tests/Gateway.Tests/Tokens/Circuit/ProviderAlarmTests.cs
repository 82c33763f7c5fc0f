using Gateway.Model;
using Gateway.Tokens.Circuit;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Tokens.Circuit;

/// <summary>A provider that refuses the gateway's client credentials: one state for all its connections, on all instances.</summary>
public sealed class ProviderAlarmTests : RefreshStage
{
    private readonly MemoryDistributedCache _cache = new(Options.Create(new MemoryDistributedCacheOptions()));
    private readonly LogCapture _log = new();
    private readonly LogCapture _otherLog = new();
    private GatewayInstance _one = null!;
    private GatewayInstance _other = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _one = Start(_log);
        _other = Start(_otherLog);
        Server.Say(401, """{"error":"invalid_client"}""");
    }

    public override async ValueTask DisposeAsync()
    {
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_hundred_connections_meet_one_refusal_with_one_call_and_one_line()
    {
        var ids = await StoreManyAsync(100);

        var results = new List<CredentialResult>();
        foreach (var id in ids)
        {
            results.Add(await GetAsync(id.Name.EndsWith('7') ? _other : _one, id));
            Clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        Assert.All(results, result => AssertRefuses(result, GatewayError.ProviderMisconfigured));
        Assert.Equal(1, Server.Calls);
        var line = Assert.Single(_log.Entries.Concat(_otherLog.Entries), entry => entry.Level >= LogLevel.Warning);
        Assert.Equal((LogLevel.Error, 2071), (line.Level, line.EventId));
        foreach (var id in ids)
        {
            var stored = await Store.ReadAsync(id, CancellationToken.None);
            Assert.Equal(("refresh-0", "access-0", null), (stored!.Grant.RefreshToken.Reveal(), stored.Token!.Value.Reveal(), stored.DeadSince));
        }
    }

    [Fact]
    public async Task At_most_one_call_probes_at_each_step_of_the_backoff_whatever_the_load()
    {
        var ids = await StoreManyAsync(20);
        await GetAsync(_one, ids[0]);
        for (var second = 0; second < 600; second++)
        {
            await Task.WhenAll(ids.Select((id, number) => GetAsync(number % 2 == 0 ? _one : _other, id)));
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        // 1 + 2 + 4 + 8 + 16 + 32 s, then a minute each, 20 % more or less.
        Assert.InRange(Server.Calls, 12, 20);
        Assert.Equal(1, Server.MostInFlight);
    }

    [Fact]
    public async Task The_first_token_ends_it_on_all_instances()
    {
        var ids = await StoreManyAsync(3);
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetAsync(_other, ids[1]), GatewayError.ProviderMisconfigured);
        Assert.NotNull(await AlarmAsync(_other));

        Server.Answer = Server.RotateAsync;
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.NotNull((await GetAsync(_one, ids[2])).Credential);
        Assert.Null(await AlarmAsync(_one));
        Assert.Null(await AlarmAsync(_other));
        Assert.Single(_log.Entries, entry => entry.EventId == 2072);
    }

    [Fact]
    public async Task Another_secret_ends_it_at_once_also_for_the_connection_that_was_refused()
    {
        var ids = await StoreManyAsync(2);
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetAsync(_one, ids[1]), GatewayError.ProviderMisconfigured);
        Clock.Advance(TimeSpan.FromMilliseconds(10));

        Provider = Some.Provider(Client("another-secret"));
        Server.Answer = Server.RotateAsync;

        Assert.NotNull((await GetAsync(_one, ids[0])).Credential);
        Assert.Null(await AlarmAsync(_one));
    }

    [Fact]
    public async Task A_reload_that_leaves_the_client_as_it_was_does_not()
    {
        var ids = await StoreManyAsync(2);
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);

        Provider = Some.Provider(Server.Url);
        Server.Answer = Server.RotateAsync;

        AssertRefuses(await GetAsync(_one, ids[1]), GatewayError.ProviderMisconfigured);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task Usable_tokens_serve_and_newer_ones_are_adopted_while_it_stands()
    {
        var ids = await StoreManyAsync(2);
        var usable = await StoreAsync(Some.Connection(Clock.GetUtcNow().AddHours(1)));
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);

        var served = await GetAsync(_one, usable.Id);
        AssertServes(served, "access-0", 1);
        Store.Muted = true;
        await StoreAsync(usable with { Generation = 2, Token = new(new("put"), DateTimeOffset.MaxValue) }, 1);
        AssertServes(await _one.Broker.ReplaceAsync(Provider, served.Credential!, null, CancellationToken.None), "put", 2);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task A_rejected_token_is_not_sent_again_while_it_stands()
    {
        var ids = await StoreManyAsync(1);
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddHours(1)));
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);

        var served = await GetAsync(_one, Some.Acme);
        AssertRefuses(await _one.Broker.ReplaceAsync(Provider, served.Credential!, null, CancellationToken.None), GatewayError.ProviderMisconfigured);

        Assert.Equal(1, (await StoredAsync())!.RejectedGeneration);
        AssertRefuses(await GetAsync(_one, Some.Acme), GatewayError.ProviderMisconfigured);
        Assert.Equal(1, Server.Calls);
    }

    [Fact]
    public async Task An_operator_may_ask_at_any_time_and_ends_it()
    {
        var ids = await StoreManyAsync(2);
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);
        Server.Answer = Server.RotateAsync;

        Assert.Equal(RefreshOutcome.Success, (await _one.Broker.RefreshAsync(Provider, ids[0], CancellationToken.None)).Outcome);
        Assert.Null(await AlarmAsync(_one));
    }

    [Fact]
    public async Task A_provider_that_goes_down_meanwhile_is_not_hammered_either()
    {
        var ids = await StoreManyAsync(50);
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);
        Server.Say(503, "");
        Clock.Advance(TimeSpan.FromSeconds(2));

        foreach (var id in ids.Skip(1))
        {
            await GetAsync(_one, id);
        }

        Assert.Equal(2, Server.Calls);
        Assert.Equal(("invalid_client", 2), ((await AlarmAsync(_one))!.Reason, (await AlarmAsync(_one))!.Attempts));
    }

    [Theory]
    [InlineData(400, "invalid_client", true)]
    [InlineData(403, "unauthorized_client", true)]
    [InlineData(400, "unsupported_grant_type", true)]
    [InlineData(400, "invalid_scope", true)]
    [InlineData(400, "invalid_request", true)]
    [InlineData(400, "invalid_grant", false)]
    [InlineData(503, "invalid_client", false)]
    [InlineData(401, "", false)]
    public async Task Which_answers_raise_it(int status, string error, bool raised)
    {
        var ids = await StoreManyAsync(1);
        Server.Say(status, error.Length == 0 ? "<html>" : $$"""{"error":"{{error}}"}""");

        await GetAsync(_one, ids[0]);

        Assert.Equal(raised ? error : null, (await AlarmAsync(_one))?.Reason);
    }

    [Fact]
    public async Task It_holds_here_while_the_cache_is_away_and_is_told_when_it_is_back()
    {
        var cache = new SwitchedCache(_cache) { Away = true };
        await using var lone = new GatewayInstance(Store, Clock, services => services.AddSingleton<IDistributedCache>(cache));
        var ids = await StoreManyAsync(3);
        AssertRefuses(await GetAsync(lone, ids[0]), GatewayError.ProviderMisconfigured);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        AssertRefuses(await GetAsync(lone, ids[1]), GatewayError.ProviderMisconfigured);
        Assert.Equal(1, Server.Calls);

        cache.Away = false;
        Assert.NotNull(await AlarmAsync(lone));
        Assert.NotNull(await AlarmAsync(_other));
    }

    [Fact]
    public async Task A_new_grant_does_not_wait_for_a_cache_that_hangs()
    {
        var cache = new SwitchedCache(_cache);
        await using var lone = new GatewayInstance(Store, Clock, services => services.AddSingleton<IDistributedCache>(cache));
        var ids = await StoreManyAsync(1);
        AssertRefuses(await GetAsync(lone, ids[0]), GatewayError.ProviderMisconfigured);
        DuringTheCall(() =>
        {
            cache.Hangs = true;
            return Task.CompletedTask;
        });

        // The clock stands still, so nobody's patience ends.
        var result = await lone.Broker.RefreshAsync(Provider, ids[0], CancellationToken.None).WaitAsync(Eventually.Patience);

        Assert.Equal(RefreshOutcome.Success, result.Outcome);
        Assert.Equal("refresh-2", (await Store.ReadAsync(ids[0], CancellationToken.None))!.Grant.RefreshToken.Reveal());
    }

    private GatewayInstance Start(LogCapture log) => new(Store, Clock, services =>
    {
        services.AddSingleton<IDistributedCache>(_cache);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log));
    });

    private OAuthClient Client(string secret) => new()
    {
        Grant = OAuthGrant.AuthorizationCode,
        TokenEndpoint = Some.Uri(Server.Url),
        ClientId = "client-id",
        ClientSecrets = [new(secret)],
    };

    private async Task<ProviderAlarm?> AlarmAsync(GatewayInstance instance) =>
        (await instance.Get<ProviderAlarms>().LookAsync(Provider.Name, Provider.OAuth!, now: true)).Alarm;

    private async Task<CredentialResult> GetAsync(GatewayInstance instance, ConnectionId id) =>
        await instance.Broker.GetAsync(Provider, id, CancellationToken.None);

    private async Task<IReadOnlyList<ConnectionId>> StoreManyAsync(int count)
    {
        var ids = Enumerable.Range(0, count).Select(number => Some.Acme with { Name = $"company-{number}" }).ToList();
        foreach (var id in ids)
        {
            await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(-1)) with { Id = id });
        }

        return ids;
    }

    private sealed class SwitchedCache(IDistributedCache inner) : IDistributedCache
    {
        public bool Away { get; set; }

        public bool Hangs { get; set; }

        private IDistributedCache Inner => Away ? throw new StoreUnavailableException("away") : inner;

        public byte[]? Get(string key) => Inner.Get(key);

        public Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
            Hangs ? new TaskCompletionSource<byte[]?>().Task : Inner.GetAsync(key, token);

        public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => Inner.Set(key, value, options);

        public Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
            Inner.SetAsync(key, value, options, token);

        public void Refresh(string key) => Inner.Refresh(key);

        public Task RefreshAsync(string key, CancellationToken token = default) => Inner.RefreshAsync(key, token);

        public void Remove(string key) => Inner.Remove(key);

        public Task RemoveAsync(string key, CancellationToken token = default) => Inner.RemoveAsync(key, token);
    }
}
