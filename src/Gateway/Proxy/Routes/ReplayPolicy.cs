namespace Gateway.Proxy.Routes;

/// <summary>Whether a request that met 401 may be sent a second time.</summary>
public enum ReplayPolicy
{
    /// <summary>Any method: a third party that answered 401 did nothing. The default.</summary>
    Always,

    /// <summary>GET, HEAD and OPTIONS, or any method with an <c>Idempotency-Key</c>.</summary>
    Safe,

    /// <summary>Not at all. The refresh happens all the same, so that the caller's own retry works.</summary>
    Never,
}
