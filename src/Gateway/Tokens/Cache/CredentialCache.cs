using System.Diagnostics.CodeAnalysis;

using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>Credentials from memory: synchronous, without a lock, and free of allocation when warm. What is old is read again in the background.</summary>
internal sealed class CredentialCache(ConnectionSnapshot snapshot, ConnectionReads reads, TimeProvider clock)
{
    /// <summary>What the snapshot knows of a connection; null when nothing, or that it is not stored.</summary>
    public SnapshotEntry? Find(ConnectionId id) => snapshot.Find(id) is { Connection: not null } entry ? entry : null;

    /// <summary>True when this process could serve some connection without its store.</summary>
    public bool Any() => snapshot.HoldsUsable(clock.GetUtcNow());

    /// <summary>The stored connection, read now by one of all callers that ask for it.</summary>
    /// <exception cref="StoreUnavailableException">The store can't answer.</exception>
    public Task<SnapshotEntry> ReadAsync(ConnectionId id, CancellationToken cancellationToken) => reads.ReadAsync(id, cancellationToken);

    /// <param name="provider">The provider in force.</param>
    /// <param name="entry">What is known of the connection.</param>
    /// <param name="credential">What can be sent now.</param>
    /// <param name="isRenewalDue">True for the one caller that is to start the renewal in the background.</param>
    public bool TryServe(Provider provider, SnapshotEntry entry, [NotNullWhen(true)] out Credential? credential, out bool isRenewalDue)
    {
        var now = clock.GetUtcNow();
        if (entry.TryClaimReread(now))
        {
            reads.Reread(entry.Id);
        }

        (credential, isRenewalDue) = (null, false);
        if (entry.Connection is null)
        {
            return false;
        }

        var rendering = entry.For(provider);
        if (!rendering.TryServe(now, out credential))
        {
            return false;
        }

        isRenewalDue = rendering.TryClaimRenewal(now);
        return true;
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
}
