using Gateway.Model;
using Gateway.Tokens.Cache;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Waits its turn for the right to refresh a connection: word of a change ends the wait early, short jittered polling otherwise.
/// </summary>
internal sealed class LeaseQueue(IConnectionStore store, TimeProvider clock)
{
    // On top of the token call, for reading before it and writing after it. A live owner renews at a third; the lease of one that was
    // killed runs out while callers still wait, with a token call's default deadline.
    private static readonly TimeSpan StoreMargin = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    /// <param name="id">The connection.</param>
    /// <param name="callDeadline">Of the work to do under the lease.</param>
    /// <param name="isSettledAsync">Asked while another owner works: true ends the wait.</param>
    /// <returns>Null when the wait was ended or took too long.</returns>
    public async Task<HeldLease?> TakeAsync(ConnectionId id, TimeSpan callDeadline, Func<Task<bool>> isSettledAsync)
    {
        var length = callDeadline + StoreMargin;
        var since = clock.GetTimestamp();
        using var changes = new ChangeSignal(store, id);
        do
        {
            var changed = changes.Next;
            if (await store.TryLeaseAsync(id, length, CancellationToken.None) is { } lease)
            {
                return new HeldLease(store, lease, length, clock);
            }

            if (await isSettledAsync())
            {
                return null;
            }

            await Task.WhenAny(changed, Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(50, 250)), clock));
        }
        while (clock.GetElapsedTime(since) < LongestWait);
        return null;
    }
}
