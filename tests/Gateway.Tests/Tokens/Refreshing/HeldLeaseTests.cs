using Gateway.Tokens.Refreshing;

namespace Gateway.Tests.Tokens.Refreshing;

public sealed class HeldLeaseTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    private readonly ManualClock _clock = new();
    private readonly InMemoryConnectionStore _store;

    public HeldLeaseTests() => _store = new(_clock);

    [Fact]
    public async Task Held_LongerThanItsLength_IsRenewedAtEachThird()
    {
        await using (await TakeAsync())
        {
            await PassAsync(thirds: 12);
            Assert.Null(await _store.TryLeaseAsync(Some.Acme, Length, CancellationToken.None));
        }

        Assert.False(await IsLeasedAsync());
    }

    [Fact]
    public async Task Lost_IsNotTakenFromItsNextOwner()
    {
        await using (await TakeAsync())
        {
            _store.Away = true;
            _clock.Advance(TimeSpan.FromSeconds(31));
            _store.Away = false;
            Assert.NotNull(await _store.TryLeaseAsync(Some.Acme, Length, CancellationToken.None));
        }

        Assert.True(await IsLeasedAsync());
    }

    [Fact]
    public async Task Disposed_WhileTheStoreIsAway_DoesNotThrow()
    {
        var lease = await TakeAsync();
        _store.Away = true;

        await lease.DisposeAsync();
        Assert.Equal(0, _clock.PendingTimers);
    }

    [Fact]
    public async Task HoldUntil_OutlivesItsDisposal()
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var lease = await TakeAsync();
        lease.HoldUntil(done.Task);
        await lease.DisposeAsync();
        await PassAsync(thirds: 6);
        Assert.True(await IsLeasedAsync());

        done.SetResult();
        await Eventually.TrueAsync(async () => !await IsLeasedAsync(), () => "The lease is still held.");
    }

    private async Task<HeldLease> TakeAsync()
    {
        var lease = await _store.TryLeaseAsync(Some.Acme, Length, CancellationToken.None);
        return new HeldLease(_store, lease!, Length, _clock);
    }

    private async ValueTask<bool> IsLeasedAsync() => await _store.IsLeasedAsync(Some.Acme, CancellationToken.None);

    // The renewal runs on a thread of its own, when that gets to it.
    private async Task PassAsync(int thirds)
    {
        for (var third = 0; third < thirds; third++)
        {
            _clock.Advance(Length / 3);
            await Eventually.TrueAsync(() => _store.LeaseEndOf(Some.Acme) == _clock.GetUtcNow() + Length, "The lease is not renewed.");
        }
    }
}
