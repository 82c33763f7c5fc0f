using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.Renewal;

namespace Gateway.Tokens;

/// <summary>One working token per connection: the only door to credentials.</summary>
public sealed class TokenBroker
{
    private readonly CredentialCache _cache;
    private readonly TokenRefresher _refresher;
    private readonly BackgroundRefreshes _background;
    private readonly ProviderCircuits _circuits;
    private readonly TimeProvider _clock;
    private readonly GatewayMetrics _metrics;

    internal TokenBroker(
        CredentialCache cache,
        TokenRefresher refresher,
        BackgroundRefreshes background,
        ProviderCircuits circuits,
        TimeProvider clock,
        GatewayMetrics metrics)
    {
        _cache = cache;
        _refresher = refresher;
        _background = background;
        _circuits = circuits;
        _clock = clock;
        _metrics = metrics;
    }

    /// <summary>
    /// True when at least one connection could be served from memory: such an instance stays ready without its store. No I/O.
    /// </summary>
    public bool IsWarm => _cache.Any();

    /// <summary>A credential that can be sent now, renewed first when there is no other way.</summary>
    /// <param name="provider">The provider in force.</param>
    /// <param name="id">The connection.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    /// <returns>Completed already, and without an allocation, when a usable token is in the snapshot.</returns>
    public ValueTask<CredentialResult> GetAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken) =>
        TryGet(provider, id, out var result) ? new(result) : GetColdAsync(provider, id, cancellationToken);

    /// <summary>The warm part of <see cref="GetAsync"/>: a usable token of the snapshot. False says only that it would take more.</summary>
    /// <param name="provider">The provider in force.</param>
    /// <param name="id">The connection.</param>
    /// <param name="result">The credential.</param>
    public bool TryGet(Provider provider, ConnectionId id, out CredentialResult result)
    {
        if (_cache.Find(id) is { } entry && TryServe(provider, entry, out var credential))
        {
            result = Served(provider, credential, CredentialSource.Memory);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>
    /// A credential newer than one that the third party refused: adopted when the store has it already, else renewed, once for all
    /// requests and instances that were refused with that generation.
    /// </summary>
    /// <param name="provider">The provider in force.</param>
    /// <param name="rejected">What the refused request carried.</param>
    /// <param name="path">
    /// Its method and path, from <see cref="RejectionLimits.KeyOf"/>; null to ask without the bounds of 401 rule 5.
    /// </param>
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    public async ValueTask<CredentialResult> ReplaceAsync(
        Provider provider, Credential rejected, string? path, CancellationToken cancellationToken)
    {
        var id = rejected.Connection;
        var entry = _cache.Find(id);
        if (entry is not null && IsAfter(rejected, entry) && TryServe(provider, entry, out var newer))
        {
            return Served(provider, newer, CredentialSource.Memory);
        }

        if (provider.OAuth is null)
        {
            return await RereadAsync(provider, rejected, cancellationToken);
        }

        var request = new RefreshRequest(provider, id, RefreshTrigger.Rejected, rejected.Generation) { Refused = rejected, Path = path };
        return ResultOf(provider, await _refresher.RefreshAsync(request, cancellationToken));
    }

    /// <summary>Renews now, because an operator asks: also while a backoff runs, never with a dead grant.</summary>
    /// <param name="provider">The provider in force; its kind is <see cref="ProviderKind.OAuth2"/>.</param>
    /// <param name="id">The connection.</param>
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    public async Task<RefreshResult> RefreshAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await _cache.ReadAsync(id, cancellationToken);
            return await _refresher.RefreshAsync(new(provider, id, RefreshTrigger.Manual, entry.TokenGeneration), cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            return RefreshResult.Of(e);
        }
    }

    private static bool IsAfter(Credential rejected, SnapshotEntry entry) =>
        entry.TokenGeneration > rejected.Generation || InterimToken.IsAnother(entry.Connection, rejected);

    private async ValueTask<CredentialResult> GetColdAsync(Provider provider, ConnectionId id, CancellationToken cancellationToken)
    {
        var entry = _cache.Find(id);
        try
        {
            entry ??= await _cache.ReadAsync(id, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            return Refused(provider, RefreshFailures.Of(e));
        }

        if (TryServe(provider, entry, out var credential))
        {
            return Served(provider, credential, CredentialSource.Store);
        }

        var request = new RefreshRequest(provider, id, RefreshTrigger.Expiry, entry.TokenGeneration);
        if (RefusalOf(request, entry) is { } refusal)
        {
            return Refused(provider, refusal);
        }

        var result = ResultOf(provider, await _refresher.RefreshAsync(request, cancellationToken));
        return result.Failure is { } failure ? Refused(provider, failure) : result;
    }

    private bool TryServe(Provider provider, SnapshotEntry entry, [NotNullWhen(true)] out Credential? credential)
    {
        if (!_cache.TryServe(provider, entry, out credential, out var isRenewalDue))
        {
            return false;
        }

        if (isRenewalDue && Known(new(provider, entry.Id, RefreshTrigger.Expiry, entry.TokenGeneration)) is { Alarm: null } request)
        {
            _background.Offer(request);
        }

        return true;
    }

    // Why a refresh would not give a credential; null when it might.
    private CredentialFailure? RefusalOf(RefreshRequest request, SnapshotEntry entry)
    {
        var now = _clock.GetUtcNow();
        return RefreshVerdict.Of(Known(request), entry.Connection, now) is { } verdict ? verdict.Failure
            : entry.Connection is null || entry.For(request.Provider).MustRefresh(now) ? null
            : RefreshFailures.Incomplete;
    }

    // Once the backoff is over, the refresh finds out whether it may be the probe.
    private RefreshRequest Known(RefreshRequest request)
    {
        if (request.Provider.OAuth is not { } client)
        {
            return request;
        }

        request = request.With(_circuits.Find(request.Provider.Name, client));
        return request.Alarm?.RetryAt > _clock.GetUtcNow() ? request : request with { Alarm = null };
    }

    // A secret that is refused can only have been replaced by an operator.
    private async Task<CredentialResult> RereadAsync(Provider provider, Credential rejected, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await _cache.ReadAsync(rejected.Connection, cancellationToken);
            return entry.TokenGeneration > rejected.Generation && TryServe(provider, entry, out var newer)
                ? Served(provider, newer, CredentialSource.Store)
                : new(RefreshFailures.Static);
        }
        catch (StoreUnavailableException e)
        {
            return new(RefreshFailures.Of(e));
        }
    }

    private CredentialResult ResultOf(Provider provider, RefreshResult result)
    {
        if (result.Failure is { } failure)
        {
            return new(failure);
        }

        return _cache.Render(provider, result.Connection!) is { } credential
            ? Served(provider, credential, CredentialSource.Refresh)
            : new(RefreshFailures.Incomplete);
    }

    private CredentialResult Served(Provider provider, Credential credential, CredentialSource source)
    {
        _metrics.CredentialServed(provider.Name, source);
        return new(credential, source);
    }

    private CredentialResult Refused(Provider provider, CredentialFailure failure)
    {
        _metrics.CredentialServed(provider.Name, CredentialSource.Failed);
        return new(failure);
    }
}
