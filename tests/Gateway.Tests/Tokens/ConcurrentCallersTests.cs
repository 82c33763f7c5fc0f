using Gateway.Model;

namespace Gateway.Tests.Tokens;

/// <summary>Many callers, several instances, one token call.</summary>
public sealed class ConcurrentCallersTests : IAsyncLifetime
{
    private const int Callers = 1000;

    private readonly InMemoryConnectionStore _store = new(TimeProvider.System);
    private GatewayInstance[] _instances = [];
    private TokenServer _server = null!;
    private Provider _provider = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TokenServer.StartAsync();
        _provider = Some.Provider(_server.Url);
        _instances = [.. Enumerable.Range(0, 3).Select(_ => new GatewayInstance(_store, TimeProvider.System))];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var instance in _instances)
        {
            await instance.DisposeAsync();
        }

        await _server.DisposeAsync();
    }

    [Fact]
    public async Task A_thousand_callers_on_three_instances_with_an_expired_token_make_one_call()
    {
        await StoreAsync(expired: true);
        var results = await Task.WhenAll(CallAll(CancellationToken.None));

        Assert.All(results, result => Assert.Equal("Bearer access-1", result.Credential?.Headers.Single().Value));
        Assert.Equal(1, _server.Calls);
    }

    [Fact]
    public async Task A_thousand_callers_on_three_instances_with_a_rejected_token_make_one_call()
    {
        await StoreAsync(expired: false);
        var rejected = await RejectedAsync();
        var results = await Task.WhenAll(ReplaceAll(rejected, CancellationToken.None));

        Assert.All(results, result => Assert.Equal("Bearer access-1", result.Credential?.Headers.Single().Value));
        Assert.Equal(1, _server.Calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_refresh_completes_when_all_callers_disconnect(bool expired)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answer = async (context, form) =>
        {
            entered.TrySetResult();
            await proceed.Task;
            await _server.RotateAsync(context, form);
        };
        await StoreAsync(expired);
        using var hangUp = new CancellationTokenSource();
        var calls = expired ? CallAll(hangUp.Token) : ReplaceAll(await RejectedAsync(), hangUp.Token);
        await entered.Task;
        await hangUp.CancelAsync();
        foreach (var call in calls)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }

        proceed.SetResult();

        await Eventually.TrueAsync(() => Stored()?.Generation == 2, "The condition did not become true: generation 2 is stored");
        Assert.Equal(1, _server.Calls);
        Assert.Equal("refresh-1", Stored()!.Grant.RefreshToken.Reveal());
    }

    [Fact]
    public async Task A_caller_that_disconnects_does_not_affect_the_others()
    {
        var proceed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _server.Answer = async (context, form) =>
        {
            await proceed.Task;
            await _server.RotateAsync(context, form);
        };
        await StoreAsync(expired: true);
        using var hangUp = new CancellationTokenSource();
        var first = _instances[0].Broker.GetAsync(_provider, Some.Acme, hangUp.Token).AsTask();
        var second = _instances[0].Broker.GetAsync(_provider, Some.Acme, CancellationToken.None).AsTask();
        await Eventually.TrueAsync(() => _server.Calls == 1, "The condition did not become true: the token call arrived");
        await hangUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        proceed.SetResult();

        Assert.Equal(2, (await second).Credential?.Generation);
        Assert.Equal(1, _server.Calls);
    }

    private Connection? Stored() => _store.ReadAsync(Some.Acme, CancellationToken.None).AsTask().Result;

    private async Task StoreAsync(bool expired)
    {
        var now = TimeProvider.System.GetUtcNow();
        await _store.TryWriteAsync(Some.Connection(expired ? now.AddMinutes(-1) : now.AddHours(1)), 0, CancellationToken.None);
    }

    private async Task<Credential> RejectedAsync()
    {
        var results = await Task.WhenAll(
            _instances.Select(instance => instance.Broker.GetAsync(_provider, Some.Acme, CancellationToken.None).AsTask()));
        return results[0].Credential!;
    }

    private Task<CredentialResult>[] CallAll(CancellationToken cancellationToken) =>
        [.. Enumerable.Range(0, Callers)
            .Select(i => Task.Run(() => _instances[i % 3].Broker.GetAsync(_provider, Some.Acme, cancellationToken).AsTask()))];

    private Task<CredentialResult>[] ReplaceAll(Credential rejected, CancellationToken cancellationToken) =>
        [.. Enumerable.Range(0, Callers)
            .Select(i => Task.Run(() => _instances[i % 3].Broker.ReplaceAsync(_provider, rejected, null, cancellationToken).AsTask()))];
}
