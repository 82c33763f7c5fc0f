using System.Runtime.InteropServices;

using Gateway.Model;

namespace Gateway.Tokens;

/// <summary>Until when a connection's token serves, and from when on it is renewed in the background.</summary>
/// <param name="RenewAt">Before this there is nothing to do; <see cref="DateTimeOffset.MaxValue"/> when a refresh has no prospect.</param>
/// <param name="UsableUntil">
/// From here on a caller must wait for a refresh; <see cref="DateTimeOffset.MinValue"/> without a usable token.
/// </param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Freshness(DateTimeOffset RenewAt, DateTimeOffset UsableUntil)
{
    private static readonly Freshness Never = new(DateTimeOffset.MaxValue, DateTimeOffset.MaxValue);

    /// <param name="connection">As stored.</param>
    /// <param name="client">Null for secrets: they serve for ever.</param>
    /// <param name="jitter">From 0 to below 1, this connection's share of the jitter.</param>
    public static Freshness Of(Connection connection, OAuthClient? client, double jitter)
    {
        if (client is null)
        {
            return Never;
        }

        var usableUntil = connection is { Token: { } token, IsRejected: false }
            ? token.ExpiresAt
            : DateTimeOffset.MinValue;
        return new(RenewalTerms.Of(connection).DueAt(client, jitter), usableUntil);
    }

    public State At(DateTimeOffset now) => now >= UsableUntil ? State.MustRefresh : now >= RenewAt ? State.RenewSoon : State.Usable;

    /// <summary>What a token is good for.</summary>
    internal enum State
    {
        /// <summary>Send it.</summary>
        Usable,

        /// <summary>Send it, and renew it meanwhile.</summary>
        RenewSoon,

        /// <summary>There is nothing to send before a refresh.</summary>
        MustRefresh,
    }
}
