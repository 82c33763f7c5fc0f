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
        using (await TakeAsync())
        {
            await PassAsync(thirds: 12);
            Assert.Null(await _store.TryLeaseAsync(Some.Acme, Length, CancellationToken.None));
        }
    }

    [Fact]
    public async Task Lost_IsNotTakenFromItsNextOwner()
    {
        using (await TakeAsync())
        {
            _store.Away = true;
            _clock.Advance(TimeSpan.FromSeconds(31));
            _store.Away = false;
            Assert.NotNull(await _store.TryLeaseAsync(Some.Acme, Length, CancellationToken.None));
        }

        Assert.True(await IsLeasedAsync());
    }

    [Fact]
    public async Task Disposed_IsNotRenewedAndRunsOut()
    {
        var lease = await TakeAsync();
        lease.Dispose();
        Assert.True(await IsLeasedAsync());

        _clock.Advance(Length);
        Assert.False(await IsLeasedAsync());
        Assert.Equal(0, _clock.PendingTimers);
    }

    private async Task<HeldLease> TakeAsync()
    {
        var lease = await _store.TryLeaseAsync(Some.Acme, Length, CancellationToken.None);
        return new HeldLease(_store, lease!, Length, _clock);
    }

    private async ValueTask<bool> IsLeasedAsync() => await _store.IsLeasedAsync(Some.Acme, CancellationToken.None);

    // The renewal runs on its own thread, at a time that the test does not control.
    private async Task PassAsync(int thirds)
    {
        for (var third = 0; third < thirds; third++)
        {
            _clock.Advance(Length / 3);
            await Eventually.TrueAsync(() => _store.LeaseEndOf(Some.Acme) == _clock.GetUtcNow() + Length, "The lease is not renewed.");
        }
    }
}
