using Gateway.Model;
using Gateway.Observability;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens;

/// <summary>One working token per connection: the only door to credentials.</summary>
public sealed class TokenBroker
{
    private readonly CredentialCache _warm;
    private readonly ConnectionReads _reads;
    private readonly TokenRefresher _refresher;
    private readonly GatewayMetrics _metrics;

    internal TokenBroker(CredentialCache warm, ConnectionReads reads, TokenRefresher refresher, GatewayMetrics metrics)
    {
        _warm = warm;
        _reads = reads;
        _refresher = refresher;
        _metrics = metrics;
    }

    /// <summary>
    /// True when at least one connection could be served from memory: such an instance stays ready without its store. No I/O.
    /// </summary>
    public bool IsWarm => _warm.Any();

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
        if (_warm.Find(id) is { } entry && _warm.TryServe(provider, entry, out var credential))
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
    /// <param name="cancellationToken">Ends this caller's wait, and nothing else.</param>
    public async ValueTask<CredentialResult> ReplaceAsync(Provider provider, Credential rejected, CancellationToken cancellationToken)
    {
        var id = rejected.Connection;
        var entry = _warm.Find(id);
        if (entry is not null && IsAfter(rejected, entry) && _warm.TryServe(provider, entry, out var newer))
        {
            return Served(provider, newer, CredentialSource.Memory);
        }

        if (provider.OAuth is null)
        {
            return await RereadAsync(provider, rejected, cancellationToken);
        }

        var request = new RefreshRequest(provider, id, RefreshTrigger.Rejected, rejected.Generation) { Refused = rejected };
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
            var entry = await _reads.ReadAsync(id, cancellationToken);
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
        var entry = _warm.Find(id);
        try
        {
            entry ??= await _reads.ReadAsync(id, cancellationToken);
        }
        catch (StoreUnavailableException e)
        {
            return Refused(provider, RefreshFailures.Of(e));
        }

        if (_warm.TryServe(provider, entry, out var credential))
        {
            return Served(provider, credential, CredentialSource.Store);
        }

        var request = new RefreshRequest(provider, id, RefreshTrigger.Expiry, entry.TokenGeneration);
        if (_warm.RefusalOf(request, entry) is { } refusal)
        {
            return Refused(provider, refusal);
        }

        var result = ResultOf(provider, await _refresher.RefreshAsync(request, cancellationToken));
        return result.Failure is { } failure ? Refused(provider, failure) : result;
    }

    // A secret that is refused can only have been replaced by an operator.
    private async Task<CredentialResult> RereadAsync(Provider provider, Credential rejected, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await _reads.ReadAsync(rejected.Connection, cancellationToken);
            return entry.TokenGeneration > rejected.Generation && _warm.TryServe(provider, entry, out var newer)
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

        return _warm.Render(provider, result.Connection!) is { } credential
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
