using System.Diagnostics.CodeAnalysis;

using Gateway.Model;
using Gateway.Tokens.Refreshing;

namespace Gateway.Tokens;

/// <summary>A connection as one configuration of its provider puts it on the wire.</summary>
internal sealed class Rendering
{
    // A renewal that could not even be recorded, because the store is away, is tried again after this.
    private static readonly TimeSpan RenewAgainAfter = TimeSpan.FromSeconds(5);

    private readonly Freshness _freshness;

    // Ticks; moved on by the one request that claims the renewal.
    private long _renewAt;

    public Rendering(Provider provider, Connection connection)
    {
        Provider = provider;
        var jitter = (uint)HashCode.Combine(connection.Id, connection.Generation) / (uint.MaxValue + 1.0);
        _freshness = Freshness.Of(connection, provider.OAuth, jitter);
        _renewAt = _freshness.RenewAt.UtcTicks;
        Credential = CredentialRenderer.TryRender(provider, connection, out var credential) ? credential : null;
    }

    public Provider Provider { get; }

    /// <summary>Null when the connection lacks a field or has no token yet.</summary>
    public Credential? Credential { get; }

    public bool TryServe(DateTimeOffset now, [NotNullWhen(true)] out Credential? credential)
    {
        credential = _freshness.At(now) == Freshness.State.MustRefresh ? null : Credential;
        return credential is not null;
    }

    public bool MustRefresh(DateTimeOffset now) => _freshness.At(now) == Freshness.State.MustRefresh;

    public bool IsRenewalDue(DateTimeOffset now) => now.UtcTicks >= Volatile.Read(ref _renewAt);

    /// <summary>True for one caller at a time.</summary>
    public bool TryClaimRenewal(DateTimeOffset now) => Claim.TryTake(ref _renewAt, now, RenewAgainAfter);
}
