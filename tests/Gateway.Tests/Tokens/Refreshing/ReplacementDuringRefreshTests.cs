using Gateway.Model;

namespace Gateway.Tests.Tokens.Refreshing;

/// <summary>An operator replaces or removes a connection while its refresh waits for the token endpoint.</summary>
public sealed class ReplacementDuringRefreshTests : RefreshStage
{
    private readonly TaskCompletionSource _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Server.Answer = async (context, form) =>
        {
            if (Server.Calls == 1)
            {
                _hanging.SetResult();
                await _go.Task;
            }

            await Server.RotateAsync(context, form);
        };
    }

    public override async ValueTask DisposeAsync()
    {
        _go.TrySetResult();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Waiting_requests_adopt_the_replacement_token_at_once()
    {
        await StoreExpiredAsync();
        var waiting = GetAsync();
        await _hanging.Task.WaitAsync(Eventually.Patience);

        await PutAsync("put-access", "put-refresh");

        AssertServes(await waiting.WaitAsync(Eventually.Patience), "put-access", 2);
    }

    [Fact]
    public async Task A_refused_replacement_token_is_refreshed_at_once_with_its_own_grant()
    {
        await StoreExpiredAsync();
        var waiting = GetAsync();
        await _hanging.Task.WaitAsync(Eventually.Patience);
        await PutAsync("put-access", "put-refresh");

        var newer = await waiting.WaitAsync(Eventually.Patience);
        AssertServes(await ReplaceAsync(newer.Credential!), "access-2", 3);
        Assert.Equal(["refresh-0", "put-refresh"], Server.Requests.Select(request => request.Form["refresh_token"]));
    }

    [Fact]
    public async Task Another_instance_does_not_wait_for_the_old_refresh()
    {
        await using var other = new GatewayInstance(Store, Clock);
        await StoreExpiredAsync();
        var waiting = GetAsync();
        await _hanging.Task.WaitAsync(Eventually.Patience);
        await PutAsync("put-access", "put-refresh");

        var newer = await GetAsync(other);
        AssertServes(newer, "put-access", 2);

        // The lease may be released a moment later; an instance that found it taken checks again after a delay on this clock.
        var replacing = other.Broker.ReplaceAsync(Provider, newer.Credential!, null, CancellationToken.None).AsTask();
        AssertServes(await Clock.RunUntilAsync(replacing, TimeSpan.FromSeconds(5)), "access-2", 3);
        await waiting.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task A_replacement_grant_without_a_token_is_presented_at_once()
    {
        await StoreExpiredAsync();
        var waiting = GetAsync();
        await _hanging.Task.WaitAsync(Eventually.Patience);

        await PutAsync("", "put-refresh");

        AssertServes(await waiting.WaitAsync(Eventually.Patience), "access-2", 3);
    }

    [Fact]
    public async Task A_removed_connection_is_not_found_at_once_and_is_not_revived()
    {
        await StoreExpiredAsync();
        var waiting = GetAsync();
        await _hanging.Task.WaitAsync(Eventually.Patience);

        Assert.True(await Store.RemoveAsync(Some.Acme, CancellationToken.None));

        AssertRefuses(await waiting.WaitAsync(Eventually.Patience), GatewayError.ConnectionNotFound);
        _go.SetResult();
        Assert.Null(await StoredAsync());
    }

    [Fact]
    public async Task A_caller_that_disconnects_ends_only_its_own_wait()
    {
        await StoreExpiredAsync();
        using var hangUp = new CancellationTokenSource();
        var gone = Instance.Broker.GetAsync(Provider, Some.Acme, hangUp.Token).AsTask();
        await _hanging.Task.WaitAsync(Eventually.Patience);
        var patient = GetAsync();
        await hangUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(patient.IsCompleted);
        _go.SetResult();
        AssertServes(await patient.WaitAsync(Eventually.Patience), "access-1", 2);
    }

    // Writes with the fence of the stored record, as the admin API does.
    private async Task PutAsync(string accessToken, string refreshToken)
    {
        Server.CurrentRefreshToken = refreshToken;
        var before = (await StoredAsync())!;
        await StoreAsync(
            new Connection
            {
                Id = before.Id,
                Generation = before.Generation + 1,
                Fence = before.Fence,
                Grant = Grant.None with { RefreshToken = new(refreshToken) },
                Token = accessToken.Length == 0 ? null : new(new(accessToken), DateTimeOffset.MaxValue),
            },
            before.Generation);
    }
}
