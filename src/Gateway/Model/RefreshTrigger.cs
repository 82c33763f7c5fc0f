namespace Gateway.Model;

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
