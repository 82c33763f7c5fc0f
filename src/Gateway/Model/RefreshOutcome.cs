namespace Gateway.Model;

/// <summary>How a refresh ended.</summary>
public enum RefreshOutcome
{
    /// <summary>A new token is in the store.</summary>
    Success,

    /// <summary>Another instance or request had renewed it already; no call was made.</summary>
    Adopted,

    /// <summary>The grant is dead (RFC 6749 section 5.2 <c>invalid_grant</c>).</summary>
    Permanent,

    /// <summary>It may work later: network, timeout, 408, 425, 429, 5xx, an answer that is not one.</summary>
    Transient,

    /// <summary>The provider refuses the gateway itself: <c>invalid_client</c> and its like.</summary>
    Configuration,
}

/// <summary>The last failed refresh of a connection; cleared by the next success.</summary>
/// <param name="Reason">A word of a closed set (an OAuth error code, <c>timeout</c>, <c>http_503</c>), never text of the provider.</param>
/// <param name="Attempts">Failures in a row, this one included.</param>
/// <param name="RetryAt">No instance calls the token endpoint for this connection before, unless an operator asks.</param>
public sealed record RefreshFailure(RefreshOutcome Outcome, string Reason, DateTimeOffset At, int Attempts, DateTimeOffset RetryAt)
{
    /// <summary>The <see cref="Reason"/> when an instance left a refresh without an end: the grant may be spent.</summary>
    public const string Interrupted = "refresh_interrupted";

    /// <summary>True when no instance may call before <see cref="RetryAt"/>. An interruption can end earlier, by its intent.</summary>
    public bool IsBackoff => Reason != Interrupted || Outcome == RefreshOutcome.Permanent;
}

/// <summary>Why a refresh runs.</summary>
public enum RefreshTrigger
{
    /// <summary>The token expired or is about to.</summary>
    Expiry,

    /// <summary>The third party answered 401.</summary>
    Rejected,

    /// <summary>An operator asked.</summary>
    Manual,
}
