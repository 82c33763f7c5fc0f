using System.Collections.Concurrent;
using System.Globalization;

using Gateway.Model;

using StackExchange.Redis;

namespace Gateway.Store.Redis;

/// <summary>
/// Notifications of changes between instances: published by the scripts that write, received here, and handed to the subscribers in this
/// process. In a cluster the client may subscribe at several nodes while its connections come up, and then a notification arrives once from
/// each of them: subscribers must treat a repeated one as no news.
/// </summary>
internal sealed class RedisChanges
{
    // Added and removed on any thread, enumerated by the client's threads.
    private readonly ConcurrentDictionary<Subscription, Action<ConnectionChange>> _subscribers = new();

    // True from an interruption until the subscription is known to work. Set by the client's threads and the monitor, cleared by the
    // monitor.
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
        // An attempt that failed or timed out left its queue registered with the client, which would deliver each message to that queue as
        // well.
        await subscriber.UnsubscribeAsync(RedisKeys.Changes);
        var messages = await subscriber.SubscribeAsync(RedisKeys.Changes);
        messages.OnMessage(message => Receive(message.Message));
    }

    /// <summary>True when notifications may have been lost since the last <see cref="Resume"/>.</summary>
    public bool WasInterrupted => _wasInterrupted;

    /// <summary>
    /// Tells subscribers that notifications may have been lost, now that the subscription works. <see cref="Interrupt"/> told them when the
    /// connection came back, but notifications between that moment and the renewed subscription were lost as well.
    /// </summary>
    public void Resume()
    {
        _wasInterrupted = false;
        Notify(default);
    }

    /// <summary>Notifies the subscribers in this process at once, whether or not the subscription works.</summary>
    public void Notify(ConnectionChange change)
    {
        foreach (var subscriber in _subscribers.Values)
        {
            subscriber(change);
        }
    }

    /// <summary>Tells subscribers that notifications may be lost, from here until <see cref="Resume"/>.</summary>
    public void Interrupt()
    {
        _wasInterrupted = true;
        Notify(default);
    }

    // GENERATION PROVIDER/NAME; a name contains no slash. A message in another form is taken as "any connection may have changed".
    private void Receive(RedisValue message)
    {
        var text = ((string?)message ?? "").AsSpan();
        var (space, slash) = (text.IndexOf(' '), text.LastIndexOf('/'));
        if (space < 0 || slash < space
            || !long.TryParse(text[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var generation))
        {
            Notify(default);
            return;
        }

        Notify(new ConnectionChange(new ConnectionId(text[(space + 1)..slash].ToString(), text[(slash + 1)..].ToString()), generation));
    }

    private sealed class Subscription(ConcurrentDictionary<Subscription, Action<ConnectionChange>> subscribers) : IDisposable
    {
        public void Dispose() => subscribers.TryRemove(this, out _);
    }
}
