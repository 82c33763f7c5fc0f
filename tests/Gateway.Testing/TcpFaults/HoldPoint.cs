namespace Gateway.Testing.TcpFaults;

/// <summary>The traffic that a <see cref="TcpHold"/> holds.</summary>
internal enum HoldPoint
{
    /// <summary>The piece that contains the text: its receiver has not seen all of it.</summary>
    Bytes,

    /// <summary>The piece passes; the bytes that come back on the same connection afterwards are held.</summary>
    Answer,
}
