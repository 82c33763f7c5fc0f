using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>Two instances on one store share the backoff and the death of a grant.</summary>
public sealed class SharedBackoffTests : RefreshStage
{
    private static readonly ConnectionId[] Companies =
        [.. Enumerable.Range(0, 5).Select(number => Some.Acme with { Name = $"company-{number}" })];

    private GatewayInstance _other = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _other = new(Store, Clock);
    }

    public override async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task A_provider_that_is_down_is_called_at_the_backoff_of_each_connection()
    {
        foreach (var id in Companies)
        {
            await StoreAsync(Some.Connection(Clock.GetUtcNow().AddMinutes(-1), refreshToken: id.Name) with { Id = id });
        }

        Server.Say(503, "");
        for (var second = 0; second < 600; second++)
        {
            var requests =
                Companies.SelectMany(id => new[] { Instance, _other, Instance, _other }.Select(instance => GetAsync(instance, id)));
            Assert.All(await Task.WhenAll(requests), result => AssertRefuses(result, GatewayError.CredentialUnavailable));
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        // 1 + 2 + 4 + 8 + 16 + 32 s, then a minute each, 20 % more or less.
        var calls = Server.Requests.CountBy(request => request.Form["refresh_token"]).ToDictionary(StringComparer.Ordinal);
        Assert.All(Companies, id => Assert.InRange(calls[id.Name], 12, 20));

        Server.Answer = (context, _) =>
            Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(context.Response, new { access_token = "back" });
        Clock.Advance(TimeSpan.FromSeconds(72));
        Assert.All(await Task.WhenAll(Companies.Select(id => GetAsync(_other, id))), result => Assert.NotNull(result.Credential));
    }

    [Fact]
    public async Task A_dead_grant_is_presented_once_by_all_instances_and_a_new_one_works()
    {
        var first = await StoreExpiredAsync();
        Server.Say(400, """{"error":"invalid_grant"}""");

        for (var round = 0; round < 20; round++)
        {
            var asked =
                await Task.WhenAll(Enumerable.Range(0, 10).Select(number => GetAsync(number % 2 == 0 ? Instance : _other, Some.Acme)));
            Assert.All(asked, result => AssertRefuses(result, GatewayError.ReauthorizationRequired));
            Assert.Equal(RefreshOutcome.Permanent, (await RefreshAsync()).Outcome);
            Assert.Equal(RefreshOutcome.Permanent, (await _other.Broker.RefreshAsync(Provider, Some.Acme, CancellationToken.None)).Outcome);
            Clock.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal(1, Server.Calls);

        Server.Answer = Server.RotateAsync;
        Server.CurrentRefreshToken = "connected-again";
        var dead = (await StoredAsync())!;
        await StoreAsync(
            first with { Generation = 2, Fence = dead.Fence, Grant = Grant.None with { RefreshToken = new("connected-again") } }, 1);
        await Eventually.TrueAsync(() => _other.Snapshot.Find(Some.Acme)?.Generation == 2, "The new grant was not received.");
        AssertServes(await GetAsync(_other, Some.Acme), "access-2", 3);
    }

    private async Task<CredentialResult> GetAsync(GatewayInstance instance, ConnectionId id) =>
        await instance.Broker.GetAsync(Provider, id, CancellationToken.None);
}
