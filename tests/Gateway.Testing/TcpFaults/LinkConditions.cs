namespace Gateway.Testing.TcpFaults;

/// <summary>The faults of one direction. Immutable: a link swaps the whole record.</summary>
internal sealed record LinkConditions
{
    /// <summary>Bytes pass as they come.</summary>
    public static readonly LinkConditions None = new();

    /// <summary>Half-open: nothing is read or written and the connection stays open. Bytes in flight arrive when the stall ends.</summary>
    public static readonly LinkConditions Stall = new() { Stalled = true };

    /// <summary>The delay of each piece. Pieces keep their order; their delays overlap.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Added to <see cref="Latency"/>: evenly distributed between zero and this.</summary>
    public TimeSpan Jitter { get; init; }

    public bool Stalled { get; init; }

    /// <summary>
    /// Number of bytes that pass on each connection after these conditions were set; then the connection is closed at both ends.
    /// </summary>
    public long? TruncateAfter { get; init; }

    /// <summary>Largest size of a piece in bytes; each piece is a separate segment.</summary>
    public int? SliceSize { get; init; }
}
