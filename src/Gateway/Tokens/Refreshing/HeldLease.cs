using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// A lease that is renewed at every third of its length until it is disposed. Losing it stops nothing: a call on the wire goes on,
/// and the compare-and-set decides.
/// </summary>
internal sealed class HeldLease : IAsyncDisposable
{
    private readonly IConnectionStore _store;
    private readonly Lease _lease;
    private readonly TimeSpan _length;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewals;
    private Task? _until;

    public HeldLease(IConnectionStore store, Lease lease, TimeSpan length, TimeProvider clock)
    {
        _store = store;
        _lease = lease;
        _length = length;
        _renewals = RenewAsync(clock);
    }

    public Lease Lease => _lease;

    public long Fence => _lease.Fence;

    /// <summary>Records an intent under this lease.</summary>
    /// <returns>False when the lease is lost, or the connection is another one by now.</returns>
    public ValueTask<bool> TryIntendAsync(Connection intended) => _store.TryIntendAsync(intended, _lease, _length, CancellationToken.None);

    /// <summary>Holds the lease beyond its disposal, until <paramref name="done"/>; called by the owner before he disposes.</summary>
    public void HoldUntil(Task done) => _until = done;

    public ValueTask DisposeAsync()
    {
        if (_until is null)
        {
            return new(EndAsync(Task.CompletedTask));
        }

        _ = EndAsync(_until);
        return ValueTask.CompletedTask;
    }

    private async Task EndAsync(Task done)
    {
        await done.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _end.CancelAsync();
        await _renewals;
        try
        {
            await _store.ReleaseAsync(_lease, CancellationToken.None);
        }
        catch (StoreUnavailableException)
        {
            // It runs out by itself.
        }

        _end.Dispose();
    }

    private async Task RenewAsync(TimeProvider clock)
    {
        using var timer = new PeriodicTimer(_length / 3, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_end.Token) && await TryRenewAsync())
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    // False when somebody else has it by now: there is nothing left to renew.
    private async Task<bool> TryRenewAsync()
    {
        try
        {
            return await _store.RenewAsync(_lease, _length, _end.Token);
        }
        catch (StoreUnavailableException)
        {
            return true;
        }
    }
}
