namespace Gateway.Model;

/// <summary>What operators see of a connection.</summary>
public enum ConnectionStatus
{
    /// <summary>Serves, or will serve after a refresh that nothing speaks against.</summary>
    Ready,

    /// <summary>Some instance is renewing the token now.</summary>
    Refreshing,

    /// <summary>The grant is dead; an operator must connect again.</summary>
    ReauthorizationRequired,

    /// <summary>Refreshes fail for now and no usable token is at hand.</summary>
    Unavailable,
}
