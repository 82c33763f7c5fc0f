using System.Collections.Concurrent;
using System.Globalization;

using Gateway.Model;
using Gateway.Store.Redis;

using StackExchange.Redis;

namespace Gateway.Store;

/// <summary>Word of changes between instances. Published by the scripts that write; heard here and handed to whoever subscribed in this process.</summary>
internal sealed class RedisChanges
{
    // Subscribers come and go on any thread; the client's threads walk over whatever is there at the moment.
    private readonly ConcurrentDictionary<Subscription, Action<ConnectionChange>> _subscribers = new();

    // True from an interruption on until the subscription is known to answer. Set by the client's threads and the monitor, cleared by the monitor.
    private volatile bool _wasInterrupted = true;

    public RedisChanges(RedisLink link) => link.Restored += (_, _) => Interrupt();

    public static RedisValue Message(ConnectionId id, long generation) => string.Create(CultureInfo.InvariantCulture, $"{generation} {id}");

    public IDisposable Subscribe(Action<ConnectionChange> changed)
    {
        var subscription = new Subscription(_subscribers);
        _subscribers[subscription] = changed;
        return subscription;
    }

    /// <summary>Subscribes at the server; the client subscribes again each time it reconnects.</summary>
    public async Task ListenAsync(ISubscriber subscriber)
    {
        // An attempt that failed or came too late leaves its queue with the client, which would then deliver each message once more.
        await subscriber.UnsubscribeAsync(RedisKeys.Changes);
        var messages = await subscriber.SubscribeAsync(RedisKeys.Changes);
        messages.OnMessage(message => Hear(message.Message));
    }

    /// <summary>True when words may have been missed since the last <see cref="Resume"/>.</summary>
    public bool WasInterrupted => _wasInterrupted;

    /// <summary>
    /// Says that words may have been missed, now that the subscription answers. It was said when the connection came back, but between
    /// that and the renewed subscription there was a moment in which one could get lost.
    /// </summary>
    public void Resume()
    {
        _wasInterrupted = false;
        Tell(default);
    }

    /// <summary>Tells this process at once, whether or not the subscription works.</summary>
    public void Tell(ConnectionChange change)
    {
        foreach (var subscriber in _subscribers.Values)
        {
            subscriber(change);
        }
    }

    /// <summary>Words may have been missed from here on; <see cref="Resume"/> ends that.</summary>
    public void Interrupt()
    {
        _wasInterrupted = true;
        Tell(default);
    }

    // GENERATION PROVIDER/NAME; a name holds no slash. What is not understood is taken as "something changed".
    private void Hear(RedisValue message)
    {
        var text = ((string?)message ?? "").AsSpan();
        var (space, slash) = (text.IndexOf(' '), text.LastIndexOf('/'));
        if (space < 0 || slash < space || !long.TryParse(text[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
        {
            Tell(default);
            return;
        }

        Tell(new ConnectionChange(new ConnectionId(text[(space + 1)..slash].ToString(), text[(slash + 1)..].ToString()), generation));
    }

    private sealed class Subscription(ConcurrentDictionary<Subscription, Action<ConnectionChange>> subscribers) : IDisposable
    {
        public void Dispose() => subscribers.TryRemove(this, out _);
    }
}
