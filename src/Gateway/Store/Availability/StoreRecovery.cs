using Gateway.Store.Listing;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store.Availability;

/// <summary>What is done while the store answers: once, to listen for changes and look at its settings; each time, what was left undone.</summary>
internal sealed class StoreRecovery(RedisChanges changes, ConnectionIndex index, ServerAdvice advice, TimeProvider clock)
{
    // Used by the monitor's loop alone.
    private bool _isAdvised;
    private bool _isListening;
    private string _primaries = "";

    public async Task CatchUpAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        if (!await FollowPrimaryAsync(multiplexer, cancellationToken))
        {
            return;
        }

        if (!_isAdvised)
        {
            _isAdvised = true;
            await BoundAsync(advice.GiveAsync(multiplexer), cancellationToken);
        }

        await index.RepairAsync(cancellationToken);

        // Last, because it fails each time where the user may not listen, and all else is to be done there too.
        await ListenAsync(multiplexer.GetSubscriber(), cancellationToken);
    }

    private async Task ListenAsync(ISubscriber subscriber, CancellationToken cancellationToken)
    {
        if (!_isListening)
        {
            await BoundAsync(changes.ListenAsync(subscriber), cancellationToken);
            _isListening = true;
        }

        if (changes.WasInterrupted)
        {
            await BoundAsync(subscriber.PingAsync(), cancellationToken);
            changes.Resume();
        }
    }

    // Another primary may have missed the last writes of the one before. Where no Sentinel tells of a failover, the client by itself
    // would look for the new primary once a minute.
    private async Task<bool> FollowPrimaryAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        var primaries = string.Join(' ', multiplexer.GetServers()
            .Where(static server => server.IsConnected && !server.IsReplica)
            .Select(static server => $"{server.EndPoint}")
            .Order(StringComparer.Ordinal));
        if (primaries.Length == 0)
        {
            await BoundAsync(multiplexer.ConfigureAsync(), cancellationToken);
            return false;
        }

        if (primaries != _primaries)
        {
            changes.Interrupt();
            _primaries = primaries;
        }

        return true;
    }

    private Task BoundAsync(Task call, CancellationToken cancellationToken) => call.WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
}
