using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>
/// Tokens on trial: renewed because a route refused the one before, for a request that could not be sent again. Nobody knows yet whether the
/// route takes the new one; its next answer tells.
/// </summary>
internal sealed class FreshTokenTrials(TimeSpan lifetime, TimeProvider clock)
{
    private const int Capacity = 10_000;

    // Written by requests that met a 401 and could not be replayed, read by those that were answered otherwise; one per connection and route.
    private readonly ConcurrentDictionary<(ConnectionId Connection, string RouteId), (long Generation, DateTimeOffset Until)> _trials = new();

    // Ticks of the last one's end; 0 while there is none, so that a warm request looks no further.
    private long _until;

    /// <summary>
    /// Puts a generation on trial, unless an earlier one was on trial here lately: such a route refuses now and then whatever it gets.
    /// </summary>
    public void Begin(ConnectionId connection, string routeId, long generation)
    {
        var now = clock.GetUtcNow();
        if (_trials.TryGetValue((connection, routeId), out var earlier) && earlier.Until > now && earlier.Generation < generation)
        {
            return;
        }

        if (_trials.Count >= Capacity)
        {
            _trials.Clear();
        }

        _trials[(connection, routeId)] = (generation, now + lifetime);
        Volatile.Write(ref _until, (now + lifetime).UtcTicks);
    }

    /// <summary>True when this generation is, or was, on trial here. Called for every answer that is no 401.</summary>
    public bool Contains(ConnectionId connection, string routeId, long generation)
    {
        var until = Volatile.Read(ref _until);
        return until != 0 && Contains(connection, routeId, generation, until);
    }

    private bool Contains(ConnectionId connection, string routeId, long generation, long until)
    {
        if (clock.GetUtcNow().UtcTicks < until)
        {
            return _trials.TryGetValue((connection, routeId), out var trial) && trial.Generation == generation;
        }

        // One that begins just now may be lost: it costs one refresh.
        Interlocked.CompareExchange(ref _until, 0, until);
        _trials.Clear();
        return false;
    }
}
