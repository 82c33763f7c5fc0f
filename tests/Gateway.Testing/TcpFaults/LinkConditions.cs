namespace Gateway.Testing.TcpFaults;

/// <summary>What befalls the bytes of one direction. Immutable: a link takes another one whole.</summary>
internal sealed record LinkConditions
{
    /// <summary>Bytes pass as they come.</summary>
    public static readonly LinkConditions None = new();

    /// <summary>Half-open: neither read nor written, and nobody is told. What was under way arrives when the stall ends.</summary>
    public static readonly LinkConditions Stall = new() { Stalled = true };

    /// <summary>How long each piece is under way. Pieces keep their order and travel at the same time.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>Added to <see cref="Latency"/>, evenly between nothing and this.</summary>
    public TimeSpan Jitter { get; init; }

    public bool Stalled { get; init; }

    /// <summary>As many bytes pass on each connection, counted from when these conditions were set; then both its ends see it closed.</summary>
    public long? TruncateAfter { get; init; }

    /// <summary>Pieces of at most so many bytes, each in a segment of its own.</summary>
    public int? SliceSize { get; init; }
}
