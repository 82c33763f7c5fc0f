namespace Gateway.Model;

/// <summary>How a refresh ended.</summary>
public enum RefreshOutcome
{
    /// <summary>A new token is in the store.</summary>
    Success,

    /// <summary>Somebody else had renewed it already; no call was made.</summary>
    Adopted,

    /// <summary>The grant is dead (RFC 6749 section 5.2 <c>invalid_grant</c>).</summary>
    Permanent,

    /// <summary>It may work later: network, timeout, 408, 425, 429, 5xx, an answer that is not one.</summary>
    Transient,

    /// <summary>The provider refuses the gateway itself: <c>invalid_client</c> and its like.</summary>
    Configuration,
}
