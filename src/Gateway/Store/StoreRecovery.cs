using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>What is done when the store answers: once, to listen for changes and look at its settings; each time, what was left undone.</summary>
internal sealed class StoreRecovery(RedisChanges changes, ConnectionIndex index, ServerAdvice advice)
{
    // Used by the monitor's loop alone.
    private bool _isListening;

    public async Task CatchUpAsync(IConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        if (!_isListening)
        {
            await changes.ListenAsync(multiplexer.GetSubscriber()).WaitAsync(cancellationToken);
            _isListening = true;
            await advice.GiveAsync(multiplexer);
        }

        await changes.ConfirmAsync(multiplexer.GetSubscriber(), cancellationToken);
        await index.RepairAsync(cancellationToken);
    }
}
