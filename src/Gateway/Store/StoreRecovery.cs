using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>What is done while the store answers: once, to listen for changes and look at its settings; each time, what was left undone.</summary>
internal sealed class StoreRecovery(RedisChanges changes, ConnectionIndex index, ServerAdvice advice, TimeProvider clock)
{
    // Used by the monitor's loop alone.
    private bool _isListening;

    public async Task CatchUpAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        var subscriber = multiplexer.GetSubscriber();
        if (!_isListening)
        {
            await BoundAsync(changes.ListenAsync(subscriber), cancellationToken);
            _isListening = true;
            await BoundAsync(advice.GiveAsync(multiplexer), cancellationToken);
        }

        if (changes.WasInterrupted)
        {
            await BoundAsync(subscriber.PingAsync(), cancellationToken);
            changes.Resume();
        }

        await index.RepairAsync(cancellationToken);
    }

    private Task BoundAsync(Task call, CancellationToken cancellationToken) => call.WaitAsync(RedisConfiguration.Deadline, clock, cancellationToken);
}
