using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Tokens.Cache;
using Gateway.Tokens.Circuit;
using Gateway.Tokens.Refreshing;
using Gateway.Tokens.Renewal;

namespace Gateway.Tokens;

/// <summary>
/// Serves from the snapshot, and sees to it that what is old is read again and what expires soon is renewed, without waiting for either.
/// </summary>
internal sealed class CredentialCache(
    ConnectionSnapshot snapshot, ConnectionReads reads, BackgroundRefreshes refreshes, ProviderCircuits circuits, TimeProvider clock)
{
    /// <summary>What the snapshot knows of a connection; null when nothing, or that it is not stored.</summary>
    public SnapshotEntry? Find(ConnectionId id) => snapshot.Find(id) is { Connection: not null } entry ? entry : null;

    /// <summary>True when this process could serve some connection without asking anybody.</summary>
    public bool Any() => snapshot.HoldsUsable(clock.GetUtcNow());

    public bool TryServe(Provider provider, SnapshotEntry entry, [NotNullWhen(true)] out Credential? credential)
    {
        var now = clock.GetUtcNow();
        if (entry.IsRereadDue(now) && entry.TryClaimReread(now))
        {
            reads.Reread(entry.Id);
        }

        credential = null;
        return entry.Connection is not null && TryServe(entry.For(provider), entry, now, out credential);
    }

    /// <summary>The credential of a refresh; null when the connection lacks a field.</summary>
    public Credential? Render(Provider provider, Connection refreshed)
    {
        // Rendered once for a thousand waiters, unless the snapshot has moved on already. Expiry is not looked at: a token that its
        // provider calls expired at birth serves those who waited for it.
        var known = Find(refreshed.Id);
        return known?.Generation == refreshed.Generation && known.Connection?.Token == refreshed.Token
            ? known.For(provider).Credential
            : new Rendering(provider, refreshed).Credential;
    }

    /// <summary>Why a refresh would not give a credential; null when it might.</summary>
    public CredentialFailure? RefusalOf(RefreshRequest request, SnapshotEntry entry)
    {
        var now = clock.GetUtcNow();
        if (RefreshVerdict.Of(Known(request, now), entry.Connection, now) is { } verdict)
        {
            return verdict.Failure;
        }

        return entry.Connection is null || entry.For(request.Provider).MustRefresh(now) ? null : RefreshFailures.Incomplete;
    }

    private void RenewInBackground(RefreshRequest request, DateTimeOffset now)
    {
        if (Known(request, now).Alarm is null)
        {
            refreshes.Offer(request);
        }
    }

    // Once the backoff is over, the refresh finds out whether it may be the probe.
    private RefreshRequest Known(RefreshRequest request, DateTimeOffset now)
    {
        if (request.Provider.OAuth is not { } client)
        {
            return request;
        }

        request = request.With(circuits.Find(request.Provider.Name, client));
        return request.Alarm?.RetryAt > now ? request : request with { Alarm = null };
    }

    private bool TryServe(Rendering rendering, SnapshotEntry entry, DateTimeOffset now, [NotNullWhen(true)] out Credential? credential)
    {
        if (!rendering.TryServe(now, out credential))
        {
            return false;
        }

        if (rendering.IsRenewalDue(now) && rendering.TryClaimRenewal(now))
        {
            RenewInBackground(new(rendering.Provider, entry.Id, RefreshTrigger.Expiry, entry.TokenGeneration), now);
        }

        return true;
    }
}
