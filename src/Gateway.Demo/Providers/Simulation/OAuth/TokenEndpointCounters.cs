using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>
/// What happened at a token endpoint. A call counts from the moment it arrived whole, faults or not. Requests write, tests read; one lock.
/// </summary>
internal sealed class TokenEndpointCounters
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _perGrantType = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _perRefreshToken = new(StringComparer.Ordinal);
    private readonly Dictionary<object, int> _inFlight = [];
    private readonly Dictionary<SimulatedGrant, int> _dead = [];
    private readonly List<SimulatedGrant> _revokedFamilies = [];

    /// <summary>Calls in all, refused and faulted ones included.</summary>
    public int Calls { get; private set; }

    /// <summary>The most calls that were under way at one time with one and the same refresh token.</summary>
    public int MaxConcurrentPerRefreshToken { get; private set; }

    /// <summary>The most calls that were under way at one time for one and the same grant.</summary>
    public int MaxConcurrentPerGrant { get; private set; }

    /// <summary>How often a spent refresh token was presented outside the grace window.</summary>
    public int SpentRefreshTokenReuses { get; private set; }

    /// <summary>The grants that a reused refresh token killed, in order (<see cref="TokenSettings.RevokeFamilyOnReuse"/>).</summary>
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

    /// <summary>The most often that any one grant was presented after it had died.</summary>
    public int MaxPresentationsOfDeadGrant { get; private set; }

    /// <summary>The most often that any one refresh token was presented.</summary>
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

    /// <summary>How often this refresh token was presented.</summary>
    public int PresentationsOf(string refreshToken) => Read(_perRefreshToken, refreshToken);

    public void Reset()
    {
        lock (_gate)
        {
            (Calls, MaxConcurrentPerRefreshToken, MaxConcurrentPerGrant, SpentRefreshTokenReuses, MaxPresentationsOfDeadGrant) = (0, 0, 0, 0, 0);
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

    /// <param name="killed">The grant that dies of it; null when it lives on.</param>
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

    /// <param name="grant">The dead grant that was presented; null when the refresh token was never issued, or forgotten.</param>
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

    /// <summary>Counts a call in; disposing counts it out.</summary>
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
