namespace Gateway.Testing.TcpFaults;

/// <summary>One of the two directions in which bytes run through a <see cref="TcpFaultProxy"/>.</summary>
internal enum Flow
{
    /// <summary>From whoever connected to the proxy on to its target.</summary>
    ToServer,

    /// <summary>From the target back.</summary>
    ToClient,
}
