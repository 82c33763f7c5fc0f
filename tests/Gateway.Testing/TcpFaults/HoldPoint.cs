namespace Gateway.Testing.TcpFaults;

/// <summary>What a <see cref="TcpHold"/> keeps back.</summary>
internal enum HoldPoint
{
    /// <summary>The piece with the text itself: its receiver has not seen all of it.</summary>
    Bytes,

    /// <summary>The piece passes, and whatever comes back on the same connection from then on is kept.</summary>
    Answer,
}
