using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// Counts the calls of a token endpoint. A call is counted when it has arrived completely, even if a fault applies to it. Requests write
/// while tests read; one lock guards all counters.
/// </summary>
internal sealed class TokenEndpointCounters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _perGrantType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _perRefreshToken = new(StringComparer.Ordinal);
    private readonly Dictionary<object, int> _inFlight = [];
    private readonly Dictionary<SimulatedGrant, int> _dead = [];
    private readonly List<SimulatedGrant> _revokedFamilies = [];

    /// <summary>All calls, including refused ones and those with a fault.</summary>
    public int Calls { get; private set; }

    /// <summary>The largest number of concurrent calls with the same refresh token.</summary>
    public int MaxConcurrentPerRefreshToken { get; private set; }

    /// <summary>The largest number of concurrent calls for the same grant.</summary>
    public int MaxConcurrentPerGrant { get; private set; }

    /// <summary>Number of calls with a spent refresh token after <see cref="TokenSettings.ReuseGrace"/>.</summary>
    public int SpentRefreshTokenReuses { get; private set; }

    /// <summary>The grants that were revoked because of reuse, oldest first (<see cref="TokenSettings.RevokeFamilyOnReuse"/>).</summary>
    public IReadOnlyList<SimulatedGrant> RevokedFamilies
    {
        get
        {
            lock (_gate)
            {
                return [.. _revokedFamilies];
            }
        }
    }

    /// <summary>The largest number of calls for one grant after it was revoked.</summary>
    public int MaxPresentationsOfDeadGrant { get; private set; }

    /// <summary>The largest number of calls with one refresh token.</summary>
    public int MaxPresentationsPerRefreshToken
    {
        get
        {
            lock (_gate)
            {
                return _perRefreshToken.Values.DefaultIfEmpty().Max();
            }
        }
    }

    public int CallsOf(string grantType) => Read(_perGrantType, grantType);

    /// <summary>Number of calls with this refresh token.</summary>
    public int PresentationsOf(string refreshToken) => Read(_perRefreshToken, refreshToken);

    public void Reset()
    {
        lock (_gate)
        {
            (Calls, SpentRefreshTokenReuses) = (0, 0);
            (MaxConcurrentPerRefreshToken, MaxConcurrentPerGrant, MaxPresentationsOfDeadGrant) = (0, 0, 0);
            _perGrantType.Clear();
            _perRefreshToken.Clear();
            _dead.Clear();
            _revokedFamilies.Clear();
        }
    }

    public JsonObject Describe()
    {
        lock (_gate)
        {
            return new JsonObject
            {
                ["calls"] = Calls,
                ["perGrantType"] = new JsonObject(_perGrantType.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
                ["maxConcurrentPerRefreshToken"] = MaxConcurrentPerRefreshToken,
                ["maxConcurrentPerGrant"] = MaxConcurrentPerGrant,
                ["spentRefreshTokenReuses"] = SpentRefreshTokenReuses,
                ["maxPresentationsOfDeadGrant"] = MaxPresentationsOfDeadGrant,
                ["revokedFamilies"] = new JsonArray([.. _revokedFamilies.Select(grant => (JsonNode)grant.Account)]),
            };
        }
    }

    /// <param name="killed">The grant that is revoked because of the reuse; null if none is.</param>
    internal void CountReuse(SimulatedGrant? killed)
    {
        lock (_gate)
        {
            SpentRefreshTokenReuses++;
            if (killed is not null)
            {
                _revokedFamilies.Add(killed);
            }
        }
    }

    /// <param name="grant">The revoked grant of the call; null if the refresh token is unknown.</param>
    internal void CountDead(SimulatedGrant? grant)
    {
        lock (_gate)
        {
            if (grant is not null)
            {
                MaxPresentationsOfDeadGrant = Math.Max(MaxPresentationsOfDeadGrant, Add(_dead, grant, 1));
            }
        }
    }

    /// <summary>Counts the start of a call; disposing the result counts its end.</summary>
    internal IDisposable Begin(string grantType, string? refreshToken, SimulatedGrant? grant)
    {
        lock (_gate)
        {
            Calls++;
            Add(_perGrantType, grantType, 1);
            if (refreshToken is not null)
            {
                Add(_perRefreshToken, refreshToken, 1);
                MaxConcurrentPerRefreshToken = Math.Max(MaxConcurrentPerRefreshToken, Add(_inFlight, refreshToken, 1));
            }

            if (grant is not null)
            {
                MaxConcurrentPerGrant = Math.Max(MaxConcurrentPerGrant, Add(_inFlight, grant, 1));
            }
        }

        return new Call(this, refreshToken, grant);
    }

    private static int Add<TKey>(Dictionary<TKey, int> counts, TKey key, int change)
        where TKey : notnull => counts[key] = counts.GetValueOrDefault(key) + change;

    private int Read(Dictionary<string, int> counts, string key)
    {
        lock (_gate)
        {
            return counts.GetValueOrDefault(key);
        }
    }

    private void End(params ReadOnlySpan<object?> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                if (key is not null && Add(_inFlight, key, -1) == 0)
                {
                    _inFlight.Remove(key);
                }
            }
        }
    }

    private sealed class Call(TokenEndpointCounters counters, string? refreshToken, SimulatedGrant? grant) : IDisposable
    {
        public void Dispose() => counters.End(refreshToken, grant);
    }
}
