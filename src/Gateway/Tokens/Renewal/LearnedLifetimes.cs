using System.Collections.Concurrent;

using Gateway.Model;

namespace Gateway.Tokens.Renewal;

/// <summary>
/// How long tokens live whose provider does not say (RFC 6749 section 5.1 only recommends <c>expires_in</c>): <see cref="OAuthClient.DefaultLifetime"/>
/// at first; less, once the third party refused several at a lesser age. The median of the last few ages counts, so that a token revoked
/// early now and then teaches nothing. Known to this process only, and forgotten with it.
/// </summary>
internal sealed class LearnedLifetimes
{
    private const int Kept = 5;
    private const int Enough = 3;

    // Nothing that was merely revoked makes the gateway call a token endpoint more often than every half minute or so.
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    // A client of a token endpoint is in here once an answer to it named no lifetime.
    private readonly ConcurrentDictionary<(string TokenEndpoint, string ClientId), Ages> _silent = new();

    /// <summary>The lifetime of a token whose answer named none.</summary>
    public TimeSpan Assume(OAuthClient client) =>
        _silent.GetOrAdd(KeyOf(client), static _ => new Ages()).Median is { } learned && learned < client.DefaultLifetime
            ? Longer(learned, Shortest, client.DefaultLifetime)
            : client.DefaultLifetime;

    /// <summary>Notes at which age a token was refused whose successor was minted then. Of no effect where answers name a lifetime.</summary>
    /// <param name="client">Who asked.</param>
    /// <param name="refused">The connection with the token that was refused.</param>
    /// <param name="renewed">The same connection after its refresh.</param>
    public void Observe(OAuthClient client, Connection refused, Connection renewed)
    {
        if (renewed.RefreshedAt - refused.RefreshedAt is { } age && age > TimeSpan.Zero && _silent.TryGetValue(KeyOf(client), out var ages))
        {
            ages.Add(renewed.Id, renewed.Generation, age);
        }
    }

    private static (string, string) KeyOf(OAuthClient client) => (client.TokenEndpoint?.Text ?? client.Discovery?.AbsoluteUri ?? "", client.ClientId);

    private static TimeSpan Longer(TimeSpan learned, TimeSpan floor, TimeSpan ceiling) =>
        learned > floor ? learned : floor < ceiling ? floor : ceiling;

    private sealed class Ages
    {
        // Guarded by itself: added to by requests that met a 401, read by refreshes.
        private readonly Queue<(ConnectionId Id, long Generation, TimeSpan Age)> _last = new();

        public TimeSpan? Median
        {
            get
            {
                lock (_last)
                {
                    return _last.Count < Enough ? null : _last.Select(static one => one.Age).Order().ElementAt(_last.Count / 2);
                }
            }
        }

        // A thousand requests may have waited for one refresh: it counts once.
        public void Add(ConnectionId id, long generation, TimeSpan age)
        {
            lock (_last)
            {
                if (_last.Any(one => one.Id == id && one.Generation == generation))
                {
                    return;
                }

                _last.Enqueue((id, generation, age));
                if (_last.Count > Kept)
                {
                    _last.Dequeue();
                }
            }
        }
    }
}
