namespace Gateway.Model;

/// <summary>What the gateway made of a third party's 401; the words of the <c>Gateway-Replay</c> header.</summary>
public enum ReplayAction
{
    /// <summary>Sent once more with a newer token.</summary>
    Replayed,

    /// <summary>The route's <c>Replay</c> is <c>Safe</c> and the method is not.</summary>
    Method,

    /// <summary>The body was larger than the route's limit, or the process-wide memory for bodies was used up.</summary>
    Body,

    /// <summary>No newer token could be had.</summary>
    RefreshFailed,

    /// <summary>The token was new and was refused all the same: not a matter of the token.</summary>
    FreshToken,

    /// <summary>The credential is a secret that nothing can renew.</summary>
    Static,

    /// <summary>The route's <c>Replay</c> is <c>Never</c>.</summary>
    Disabled,
}
