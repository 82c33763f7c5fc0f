using Gateway.Model;

namespace Gateway.Tokens.Cache;

/// <summary>
/// A token that spends nothing (RFC 6749 section 4.4.3) and that one process asked for while the store was away. It raises no generation: whatever
/// the store holds or is given meanwhile is newer, and nothing is written when the store is back.
/// </summary>
internal static class InterimToken
{
    /// <summary>The known connection with a token that the store does not get.</summary>
    /// <param name="known">What it was asked for with; of generation 0 when nothing was stored yet.</param>
    /// <param name="minted">The same after the token answer.</param>
    public static Connection Of(Connection known, Connection minted) => minted with
    {
        Generation = Math.Max(1, known.Generation), TokenAge = known.TokenAge, Fence = known.Fence, IsInterim = true,
    };

    /// <summary>What is to be known after a reading. The very generation that the token stands in for does not end it; all else that was read does.</summary>
    public static Connection? KeptOn(Connection? read, Connection? known, DateTimeOffset now) =>
        read is { IsInterim: false, IsRejected: false } && known is { IsInterim: true }
        && read.Generation == known.Generation && read.ConnectedAt == known.ConnectedAt && known.HasUsableToken(now)
            ? read with { Token = known.Token, RefreshedAt = known.RefreshedAt, IsInterim = true }
            : read;

    /// <summary>True when <paramref name="known"/> has such a token, and it is not the one that was refused.</summary>
    public static bool IsAnother(Connection? known, Credential refused) =>
        known is { IsInterim: true, Token: { } token } && known.TokenGeneration == refused.Generation
        && !refused.SecretValues.AsSpan().Contains(token.Value.Reveal());
}
