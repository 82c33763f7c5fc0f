using Gateway.Model;
using Gateway.Tokens.Cache;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>
/// Refreshes without the store a connection that can't lose anything by it: client credentials have no grant that rotates. The
/// instance asks for a token of its own; without the lease each instance does so once. A connection that it has never read stays unknown to
/// it.
/// </summary>
internal sealed partial class InterimRefresh(
    ConnectionSnapshot snapshot, TokenEndpointClient endpoint, DeniedPaths denied, TimeProvider clock, ILogger<InterimRefresh> logger)
{
    /// <summary>Runs within the one flight that its connection has in this process.</summary>
    /// <returns>Null when there is nothing to be done without the store.</returns>
    public async Task<RefreshResult?> TryRunAsync(RefreshRequest request)
    {
        if (request.Provider.OAuth is not { Grant: OAuthGrant.ClientCredentials } client
            || snapshot.Find(request.Connection)?.Connection is not { } known)
        {
            return null;
        }

        var now = clock.GetUtcNow();
        if (IsAnsweredBy(known, request, client, now))
        {
            return RefreshResult.Adopted(known);
        }

        // Without the store no instance can be chosen to probe for all.
        request = request.Alarm?.RetryAt <= now ? request with { Alarm = null } : request;
        return RefreshVerdict.Of(request, known, now)
            ?? (request.Path is not null && !denied.TryDebit(request.Connection)
                ? RefreshResult.Limited
                : await MintAsync(request, client, known, now));
    }

    // Another request of this process was refused, or came, a moment earlier.
    private static bool IsAnsweredBy(Connection known, RefreshRequest request, OAuthClient client, DateTimeOffset now) =>
        known.IsInterim && known.HasUsableToken(now) && request.Trigger switch
        {
            RefreshTrigger.Expiry => RenewalTerms.Of(known).DueAt(client, jitter: 0) > now,
            RefreshTrigger.Rejected => request.Refused is { } refused && InterimToken.IsAnother(known, refused),
            _ => false,
        };

    private async Task<RefreshResult> MintAsync(RefreshRequest request, OAuthClient client, Connection known, DateTimeOffset askedAt)
    {
        var call = await endpoint.CallInSpanAsync(client, known);
        if (call.TryGet(out var answer, out var failure))
        {
            Log.Minted(logger, known.Id.Provider, known.Id.Name);
            if (request.Path is { } path)
            {
                denied.Watch(known.Id, path);
            }

            return RefreshResult.Renewed(InterimToken.Of(known, RefreshedConnection.Of(known, client, answer, askedAt)));
        }

        // The backoff of this instance alone.
        var now = clock.GetUtcNow();
        return RefreshResult.Remembered(FailedConnection.Of(known, request, failure, now), now);
    }

    private static partial class Log
    {
        [LoggerMessage(2025, LogLevel.Warning,
            "Connection {Provider}/{Connection}: the store is away; this instance has asked for a token of its own, and the store does " +
            "not get it.")]
        public static partial void Minted(ILogger logger, string provider, string connection);
    }
}
