using Gateway.Model;
using Gateway.Tokens.Circuit;

using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Gateway.Tests.Tokens.Circuit;

/// <summary>A provider that refuses the gateway's client credentials has one state for all its connections on all instances.</summary>
public sealed class ProviderCircuitTests : RefreshStage
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
    public async Task Client_credentials_refused_for_a_hundred_connections_cause_two_calls_and_one_alarm()
    {
        var ids = await StoreManyAsync(100);
        await OpenAsync(ids);

        var results = new List<CredentialResult>();
        foreach (var id in ids)
        {
            results.Add(await GetAsync(id.Name.EndsWith('7') ? _other : _one, id));
            Clock.Advance(TimeSpan.FromMilliseconds(5));
        }

        Assert.All(results, result => AssertRefuses(result, GatewayError.ProviderMisconfigured));
        Assert.Equal(2, Server.Calls);
        var line = Assert.Single(_log.Entries.Concat(_otherLog.Entries), entry => entry.Level >= LogLevel.Error);
        Assert.Equal((LogLevel.Error, 2071), (line.Level, line.EventId));
        foreach (var id in ids)
        {
            var stored = await Store.ReadAsync(id, CancellationToken.None);
            Assert.Equal(
                (GrantOf(id), "access-0", null), (stored!.Grant.RefreshToken.Reveal(), stored.Token!.Value.Reveal(), stored.DeadSince));
        }
    }

    [Fact]
    public async Task At_most_one_call_probes_at_each_step_of_the_backoff_under_load()
    {
        var ids = await StoreManyAsync(20);
        await OpenAsync(ids);
        for (var second = 0; second < 600; second++)
        {
            await Task.WhenAll(ids.Select((id, number) => GetAsync(number % 2 == 0 ? _one : _other, id)));
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        // 1 + 2 + 4 + 8 + 16 + 32 s, then a minute each, 20 % more or less.
        Assert.InRange(Server.Calls, 12, 21);
        Assert.Equal(1, Server.MostInFlight);
        Assert.True(Presented().Skip(2).Take(8).Distinct().Count() == 8, "The probes did not alternate between connections.");
    }

    [Fact]
    public async Task The_first_token_closes_the_circuit_on_all_instances()
    {
        var ids = await StoreManyAsync(3);
        await OpenAsync(ids);

        Server.Answer = AcceptAsync;
        Clock.Advance(TimeSpan.FromSeconds(2));

        Assert.NotNull((await GetAsync(_one, ids[2])).Credential);
        Assert.Null(await OpenedAsync(_one));
        Assert.Null(await OpenedAsync(_other));
        Assert.Single(_log.Entries, entry => entry.EventId == 2072);
    }

    [Fact]
    public async Task A_new_client_secret_closes_the_circuit_at_once()
    {
        var ids = await StoreManyAsync(2);
        await OpenAsync(ids);
        Clock.Advance(TimeSpan.FromMilliseconds(10));

        Provider = Some.Provider(Client("another-secret"));
        Server.Answer = AcceptAsync;

        Assert.NotNull((await GetAsync(_one, ids[0])).Credential);
        Assert.Null(await OpenedAsync(_one));
    }

    [Fact]
    public async Task A_reload_with_an_unchanged_client_leaves_the_circuit_open()
    {
        var ids = await StoreManyAsync(3);
        await OpenAsync(ids);

        Provider = Some.Provider(Server.Url);
        Server.Answer = AcceptAsync;

        AssertRefuses(await GetAsync(_one, ids[2]), GatewayError.ProviderMisconfigured);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task An_open_circuit_serves_valid_tokens_and_adopts_newer_ones()
    {
        var usable = await StoreAsync(Some.Connection(Clock.GetUtcNow().AddHours(1)));
        await OpenAsync(await StoreManyAsync(2));

        var served = await GetAsync(_one, usable.Id);
        AssertServes(served, "access-0", 1);
        Store.Muted = true;
        await StoreAsync(usable with { Generation = 2, Token = new(new("put"), DateTimeOffset.MaxValue) }, 1);
        AssertServes(await _one.Broker.ReplaceAsync(Provider, served.Credential!, null, CancellationToken.None), "put", 2);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task An_open_circuit_does_not_send_a_rejected_token_again()
    {
        await StoreAsync(Some.Connection(Clock.GetUtcNow().AddHours(1)));
        await OpenAsync(await StoreManyAsync(2));

        var served = await GetAsync(_one, Some.Acme);
        AssertRefuses(
            await _one.Broker.ReplaceAsync(Provider, served.Credential!, null, CancellationToken.None), GatewayError.ProviderMisconfigured);

        Assert.Equal(1, (await StoredAsync())!.RejectedGeneration);
        AssertRefuses(await GetAsync(_one, Some.Acme), GatewayError.ProviderMisconfigured);
        Assert.Equal(2, Server.Calls);
    }

    [Fact]
    public async Task A_refresh_by_an_operator_passes_an_open_circuit_and_closes_it()
    {
        var ids = await StoreManyAsync(2);
        await OpenAsync(ids);
        Server.Answer = AcceptAsync;

        Assert.Equal(RefreshOutcome.Success, (await _one.Broker.RefreshAsync(Provider, ids[0], CancellationToken.None)).Outcome);
        Assert.Null(await OpenedAsync(_one));
    }

    [Fact]
    public async Task An_open_circuit_keeps_its_backoff_when_the_provider_goes_down()
    {
        var ids = await StoreManyAsync(50);
        await OpenAsync(ids);
        Server.Say(503, "");
        Clock.Advance(TimeSpan.FromSeconds(2));

        foreach (var id in ids.Skip(2))
        {
            await GetAsync(_one, id);
        }

        Assert.Equal(3, Server.Calls);
        Assert.Equal(("invalid_client", 2), ((await OpenedAsync(_one))!.Reason, (await OpenedAsync(_one))!.Attempts));
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
    public async Task Refusals_of_two_connections_open_the_circuit_by_error_code(int status, string error, bool opens)
    {
        var ids = await StoreManyAsync(2);
        Server.Say(status, error.Length == 0 ? "<html>" : $$"""{"error":"{{error}}"}""");

        await GetAsync(_one, ids[0]);
        Assert.Null(await OpenedAsync(_one));
        await GetAsync(_other, ids[1]);

        Assert.Equal(opens ? error : null, (await OpenedAsync(_one))?.Reason);
        Assert.Equal(opens ? error : null, (await OpenedAsync(_other))?.Reason);
    }

    [Fact]
    public async Task A_refused_client_credentials_grant_opens_the_circuit_at_once()
    {
        Provider = Some.Provider(Some.Client(Server.Url, OAuthGrant.ClientCredentials));

        AssertRefuses(await GetAsync(_one, new(Provider.Name, ConnectionId.DefaultName)), GatewayError.ProviderMisconfigured);

        Assert.Equal("invalid_client", (await OpenedAsync(_other))?.Reason);
    }

    [Fact]
    public async Task Refusals_of_one_connection_do_not_open_the_circuit_and_keep_its_grant()
    {
        var ids = await StoreManyAsync(1);
        for (var minute = 0; minute < 10; minute++)
        {
            AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);
            Clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(10, Server.Calls);
        Assert.Null(await OpenedAsync(_one));
        Server.Answer = AcceptAsync;
        Assert.NotNull((await GetAsync(_one, ids[0])).Credential);
    }

    [Theory]
    [InlineData(403, "unauthorized_client")]
    [InlineData(400, "invalid_request")]
    [InlineData(400, "invalid_scope")]
    [InlineData(401, "invalid_client")]
    public async Task A_refusal_of_one_connection_does_not_open_the_circuit_while_others_are_accepted(int status, string error)
    {
        var sick = (await StoreManyAsync(1))[0];
        Server.Answer = RefuseAsync(status, error, sick);
        for (var refusal = 1; refusal <= 3; refusal++)
        {
            var expected = refusal < 3 ? GatewayError.ProviderMisconfigured : GatewayError.ReauthorizationRequired;
            AssertRefuses(await GetAsync(_one, sick), expected);
            var healthy = Some.Connection(Clock.GetUtcNow().AddMinutes(-1)) with { Id = Some.Acme with { Name = $"healthy-{refusal}" } };
            await StoreAsync(healthy);
            Assert.NotNull((await GetAsync(_one, healthy.Id)).Credential);
            Assert.Null(await OpenedAsync(_other));
            Clock.Advance(TimeSpan.FromMinutes(1.5));
        }

        var stored = await Store.ReadAsync(sick, CancellationToken.None);
        Assert.NotNull(stored!.DeadSince);
        Assert.Equal((RefreshOutcome.Permanent, error), (stored.LastFailure!.Outcome, stored.LastFailure.Reason));
        Assert.Single(_log.Entries, entry => entry.EventId == 2076);
        AssertRefuses(await GetAsync(_one, sick), GatewayError.ReauthorizationRequired);
        Assert.Equal(6, Server.Calls);
    }

    [Fact]
    public async Task Two_refused_connections_delay_the_others_for_one_probe()
    {
        var ids = await StoreManyAsync(6);
        await OpenAsync(ids);
        Server.Answer = RefuseAsync(401, "invalid_client", ids[0], ids[1]);
        await AskAsync(steps: 10, TimeSpan.FromMilliseconds(500));
        foreach (var id in ids.Skip(2))
        {
            Assert.NotNull((await GetAsync(_one, id)).Credential);
        }

        // Each successful renewal of another connection proves that the failure concerns these two alone.
        for (var hour = 0; hour < 5; hour++)
        {
            Clock.Advance(TimeSpan.FromHours(1.1));
            await AskAsync(steps: 30, TimeSpan.FromSeconds(5));
        }

        Assert.Null(await OpenedAsync(_one));
        Assert.NotNull((await Store.ReadAsync(ids[0], CancellationToken.None))!.DeadSince);
        Assert.NotNull((await Store.ReadAsync(ids[1], CancellationToken.None))!.DeadSince);

        async Task AskAsync(int steps, TimeSpan step)
        {
            for (var i = 0; i < steps; i++)
            {
                await Task.WhenAll(ids.Select(id => GetAsync(_one, id)));
                Clock.Advance(step);
            }
        }
    }

    [Fact]
    public async Task The_circuit_is_local_while_the_cache_is_unavailable_and_shared_afterwards()
    {
        var cache = new SwitchedCache(_cache) { Away = true };
        await using var lone = new GatewayInstance(Store, Clock, services => services.AddSingleton<IDistributedCache>(cache));
        var ids = await StoreManyAsync(3);
        AssertRefuses(await GetAsync(lone, ids[0]), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetAsync(lone, ids[1]), GatewayError.ProviderMisconfigured);
        Clock.Advance(TimeSpan.FromMilliseconds(1));
        AssertRefuses(await GetAsync(lone, ids[2]), GatewayError.ProviderMisconfigured);
        Assert.Equal(2, Server.Calls);

        cache.Away = false;
        Assert.NotNull(await OpenedAsync(lone));
        Assert.NotNull(await OpenedAsync(_other));
    }

    [Fact]
    public async Task A_new_grant_does_not_wait_for_a_stalled_cache()
    {
        var cache = new SwitchedCache(_cache);
        await using var lone = new GatewayInstance(Store, Clock, services => services.AddSingleton<IDistributedCache>(cache));
        var ids = await StoreManyAsync(2);
        AssertRefuses(await GetAsync(lone, ids[0]), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetAsync(lone, ids[1]), GatewayError.ProviderMisconfigured);
        Server.Answer = (context, form) =>
        {
            cache.Hangs = true;
            return AcceptAsync(context, form);
        };

        // The clock does not advance, so no deadline expires.
        var result = await lone.Broker.RefreshAsync(Provider, ids[0], CancellationToken.None).WaitAsync(Eventually.Patience);

        Assert.Equal(RefreshOutcome.Success, result.Outcome);
        Assert.Equal(GrantOf(ids[0]) + "-next", (await Store.ReadAsync(ids[0], CancellationToken.None))!.Grant.RefreshToken.Reveal());
    }

    /// <summary>Opens the circuit: two connections are refused, and both instances have the state.</summary>
    private async Task OpenAsync(IReadOnlyList<ConnectionId> ids)
    {
        AssertRefuses(await GetAsync(_one, ids[0]), GatewayError.ProviderMisconfigured);
        AssertRefuses(await GetAsync(_one, ids[1]), GatewayError.ProviderMisconfigured);
        Assert.NotNull(await OpenedAsync(_other));
    }

    private static Task AcceptAsync(HttpContext context, IFormCollection form) => context.Response.WriteAsJsonAsync(
        new { access_token = "t", expires_in = 3600, refresh_token = form["refresh_token"] + "-next" });

    private static Func<HttpContext, IFormCollection, Task> RefuseAsync(int status, string error, params ConnectionId[] sick) =>
        (context, form) =>
    {
        if (!sick.Any(id => form["refresh_token"] == GrantOf(id)))
        {
            return AcceptAsync(context, form);
        }

        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(new { error });
    };

    private IEnumerable<string> Presented() => Server.Requests.Select(static request => request.Form["refresh_token"]);

    private static string GrantOf(ConnectionId id) => $"refresh-0-{id.Name}";

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

    private async Task<OpenCircuit?> OpenedAsync(GatewayInstance instance) =>
        (await instance.Get<ProviderCircuits>().FindNowAsync(Provider.Name, Provider.OAuth!)).Open;

    private async Task<CredentialResult> GetAsync(GatewayInstance instance, ConnectionId id) =>
        await instance.Broker.GetAsync(Provider, id, CancellationToken.None);

    private async Task<IReadOnlyList<ConnectionId>> StoreManyAsync(int count)
    {
        var ids = Enumerable.Range(0, count).Select(number => Some.Acme with { Name = $"company-{number}" }).ToList();
        foreach (var id in ids)
        {
            await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(-1), GrantOf(id)) with { Id = id });
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
