namespace Gateway.Model;

/// <summary>What the gateway did about a third party's 401, as the header <c>Gateway-Replay</c> says.</summary>
public enum ReplayAction
{
    /// <summary>Sent once more with a newer token.</summary>
    Replayed,

    /// <summary>The route's <c>Replay</c> is <c>Safe</c> and the method is not.</summary>
    Method,

    /// <summary>The body was larger than the route's limit, or the process-wide memory for bodies was used up.</summary>
    Body,

    /// <summary>There was no newer token.</summary>
    RefreshFailed,

    /// <summary>A new token was refused too, so the token is not the cause.</summary>
    FreshToken,

    /// <summary>The credential is a secret that nothing can renew.</summary>
    Static,

    /// <summary>The route's <c>Replay</c> is <c>Never</c>.</summary>
    Disabled,
}
