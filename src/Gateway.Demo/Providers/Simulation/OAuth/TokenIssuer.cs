namespace Gateway.Demo.Providers;

/// <summary>
/// Issues, rotates and revokes tokens. Requests and tests call it from any thread; one lock makes each operation atomic.
/// </summary>
internal sealed class TokenIssuer(TokenSettings settings, TokenShape shape, TokenEndpointCounters counters, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AccessToken> _access = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RefreshToken> _refresh = new(StringComparer.Ordinal);
    private readonly List<SimulatedGrant> _grants = [];

    /// <summary>The grants that are not revoked.</summary>
    public IReadOnlyList<SimulatedGrant> Grants
    {
        get
        {
            lock (_gate)
            {
                return [.. _grants.Where(grant => !grant.IsRevoked)];
            }
        }
    }

    /// <summary>Adds a grant and issues its first tokens.</summary>
    /// <param name="grant">The new grant.</param>
    /// <param name="withRefreshToken">Whether to issue a refresh token.</param>
    /// <param name="lifetime">Lifetime of the access token; null takes <see cref="TokenSettings.AccessTokenLifetime"/>.</param>
    public IssuedTokens Issue(SimulatedGrant grant, bool withRefreshToken, TimeSpan? lifetime = null)
    {
        lock (_gate)
        {
            _grants.Add(grant);
            return Mint(grant, grant.Scopes, withRefreshToken, lifetime ?? settings.AccessTokenLifetime);
        }
    }

    /// <summary>Redeems a refresh token. If the result has tokens, the rotation is committed, even if the answer gets lost.</summary>
    /// <param name="value">The refresh token.</param>
    /// <param name="mayUse">Whether the caller may use the grant: same client, same tenant.</param>
    /// <param name="scopes">Requested scopes; null requests those of the grant.</param>
    public TokenResult Refresh(string value, Func<SimulatedGrant, bool> mayUse, IReadOnlySet<string>? scopes)
    {
        lock (_gate)
        {
            if (!_refresh.TryGetValue(value, out var token) || token.Grant.IsRevoked || !mayUse(token.Grant))
            {
                counters.CountDead(token?.Grant);
                return OAuthError.InvalidGrant("The refresh token is unknown or was revoked.");
            }

            if (IsReuse(token))
            {
                return RefuseReuse(token.Grant);
            }

            if (scopes is not null && !scopes.IsSubsetOf(token.Grant.Scopes))
            {
                return OAuthError.InvalidScope("The requested scopes exceed the granted ones.");
            }

            return Rotate(token, scopes ?? token.Grant.Scopes);
        }
    }

    /// <summary>The access token with this value; null if it is unknown, expired or revoked.</summary>
    public AccessToken? FindAccess(string? value)
    {
        lock (_gate)
        {
            return value is not null && _access.TryGetValue(value, out var token)
                && token.ExpiresAt > time.GetUtcNow() && !token.Grant.IsRevoked
                ? token
                : null;
        }
    }

    /// <summary>The grant of a refresh token, spent or not; null if the token is unknown.</summary>
    public SimulatedGrant? FindGrant(string refreshToken)
    {
        lock (_gate)
        {
            return _refresh.GetValueOrDefault(refreshToken)?.Grant;
        }
    }

    /// <summary>Invalidates access tokens; their grants stay valid.</summary>
    public void EndAccess(Func<AccessToken, bool> which)
    {
        lock (_gate)
        {
            foreach (var token in _access.Values.Where(which).ToList())
            {
                _access.Remove(token.Value);
            }
        }
    }

    /// <summary>Revokes grants: a refresh answers <c>invalid_grant</c>. Returns the number of revoked grants.</summary>
    /// <param name="which">Selects the grants.</param>
    /// <param name="endAccess">True revokes their access tokens too; false leaves them valid until they expire.</param>
    public int Revoke(Func<SimulatedGrant, bool> which, bool endAccess = true)
    {
        lock (_gate)
        {
            var found = _grants.Where(grant => !grant.IsRevoked && which(grant)).ToList();
            found.ForEach(grant => Revoke(grant, endAccess));
            return found.Count;
        }
    }

    private void Revoke(SimulatedGrant grant, bool endAccess)
    {
        if (endAccess)
        {
            grant.IsRevoked = true;
            return;
        }

        foreach (var value in _refresh.Where(pair => pair.Value.Grant == grant).Select(pair => pair.Key).ToList())
        {
            _refresh.Remove(value);
        }
    }

    private bool IsReuse(RefreshToken token) => token.SpentAt is { } spentAt && time.GetUtcNow() - spentAt >= settings.ReuseGrace;

    private OAuthError RefuseReuse(SimulatedGrant grant)
    {
        counters.CountReuse(settings.RevokeFamilyOnReuse ? grant : null);
        grant.IsRevoked |= settings.RevokeFamilyOnReuse;
        return OAuthError.InvalidGrant("The refresh token was used before.");
    }

    private IssuedTokens Rotate(RefreshToken token, IReadOnlySet<string> scopes)
    {
        if (settings.Rotation == RefreshRotation.Kept)
        {
            return Mint(token.Grant, scopes, withRefreshToken: false, settings.AccessTokenLifetime);
        }

        token.SpentAt ??= time.GetUtcNow();
        if (settings.Rotation == RefreshRotation.RotatingWithAccess)
        {
            Forget(token.Grant, _ => true);
        }

        return Mint(token.Grant, scopes, withRefreshToken: true, settings.AccessTokenLifetime);
    }

    private IssuedTokens Mint(SimulatedGrant grant, IReadOnlySet<string> scopes, bool withRefreshToken, TimeSpan lifetime)
    {
        var now = time.GetUtcNow();
        Forget(grant, token => token.ExpiresAt <= now);
        var access = new AccessToken(shape.CreateAccess(grant, now + lifetime), grant, now + lifetime, scopes);
        _access.Add(access.Value, access);
        grant.AccessTokens.Add(access.Value);
        var refresh = withRefreshToken ? shape.CreateRefresh() : null;
        if (refresh is not null)
        {
            _refresh.Add(refresh, new RefreshToken(grant));
        }

        return new IssuedTokens(grant, access.Value, refresh, lifetime, scopes);
    }

    private void Forget(SimulatedGrant grant, Func<AccessToken, bool> which) =>
        grant.AccessTokens.RemoveAll(value => !_access.TryGetValue(value, out var token) || (which(token) && _access.Remove(value)));
}

/// <summary>An issued access token.</summary>
internal sealed record AccessToken(string Value, SimulatedGrant Grant, DateTimeOffset ExpiresAt, IReadOnlySet<string> Scopes);

/// <summary>An issued refresh token. Must be read and written under the lock of <see cref="TokenIssuer"/>.</summary>
internal sealed class RefreshToken(SimulatedGrant grant)
{
    public SimulatedGrant Grant { get; } = grant;

    /// <summary>When the token was first used; null if it is unused.</summary>
    public DateTimeOffset? SpentAt { get; set; }
}
