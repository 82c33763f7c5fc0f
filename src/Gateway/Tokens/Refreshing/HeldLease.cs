using Gateway.Model;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// A lease that is renewed at every third of its length until it is disposed. Losing it stops nothing: a call under way goes on, and the
/// compare-and-set decides. Disposing does not give it back: the commit ends it together with the intent.
/// </summary>
internal sealed class HeldLease : IDisposable
{
    private readonly IConnectionStore _store;
    private readonly Lease _lease;
    private readonly TimeSpan _length;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _renewals;

    public HeldLease(IConnectionStore store, Lease lease, TimeSpan length, TimeProvider clock)
    {
        (_store, _lease, _length) = (store, lease, length);
        _renewals = RenewAsync(clock);
    }

    // A renewal may be waiting for the store; nothing else waits for it.
    public void Dispose()
    {
        _end.Cancel();
        _ = _renewals.ContinueWith(static (_, end) => ((CancellationTokenSource)end!).Dispose(), _end, TaskScheduler.Default);
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

    // False when another attempt has it by now: there is nothing left to renew.
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

/// <summary>Changes of one connection, for one waiter at a time.</summary>
internal sealed class ChangeSignal : IDisposable
{
    private readonly IDisposable _subscription;

    // Written by the store's notifications, read by the one waiter.
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ChangeSignal(IConnectionStore store, ConnectionId id) => _subscription = store.Subscribe(change =>
    {
        if (change.Connection is null || change.Connection == id)
        {
            var next = _next;
            _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
            next.TrySetResult();
        }
    });

    /// <summary>The first change since <see cref="Arm"/>.</summary>
    public Task Changed { get; private set; } = Task.CompletedTask;

    /// <summary>To be called before looking, so that no change between looking and waiting is missed.</summary>
    public void Arm() => Changed = _next.Task;

    public void Dispose() => _subscription.Dispose();
}
