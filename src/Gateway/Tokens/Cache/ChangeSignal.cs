using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>Word of changes of one connection, for one waiter at a time.</summary>
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

    /// <summary>Completes at the next change. To be taken before looking, so that none between looking and waiting is missed.</summary>
    public Task Next => _next.Task;

    public void Dispose() => _subscription.Dispose();
}
