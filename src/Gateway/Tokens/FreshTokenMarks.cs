using System.Collections.Concurrent;

using Gateway.Credentials;

namespace Gateway.Tokens;

/// <summary>Which connections were refused on which routes with a token that was new: no matter of the token, for a while.</summary>
public sealed class FreshTokenMarks(TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);

    // Written by requests that met 401, read by requests that meet 401; entries stand alone, so no order matters.
    private readonly ConcurrentDictionary<(ConnectionId, string), (long Generation, DateTimeOffset Until)> _marks = new();

    public bool IsMarked(ConnectionId connection, string routeId, long generation) =>
        _marks.TryGetValue((connection, routeId), out var mark) && mark.Generation == generation && mark.Until > clock.GetUtcNow();

    public void Mark(ConnectionId connection, string routeId, long generation) =>
        _marks[(connection, routeId)] = (generation, clock.GetUtcNow() + Lifetime);
}
