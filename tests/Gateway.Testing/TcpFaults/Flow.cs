namespace Gateway.Testing.TcpFaults;

/// <summary>One of the two directions in which bytes run through a <see cref="TcpFaultProxy"/>.</summary>
internal enum Flow
{
    /// <summary>From the client of the proxy to its target.</summary>
    ToServer,

    /// <summary>From the target to the client.</summary>
    ToClient,
}
