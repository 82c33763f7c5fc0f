namespace Gateway.Proxy.Routes;

/// <summary>What a route's <c>Credential</c> transform says: which credential, for which connection, and whether a 401 may be replayed.</summary>
public sealed record RouteCredential
{
    public const int DefaultReplayBodyLimit = 1048576;

    /// <summary>The provider's name.</summary>
    public required string Provider { get; init; }

    public ConnectionSelector Connection { get; init; } = ConnectionSelector.Default;

    public ReplayPolicy Replay { get; init; } = ReplayPolicy.Always;

    /// <summary>Bytes of a request body that are kept for a replay. Default 1 MiB.</summary>
    public int ReplayBodyLimit { get; init; } = DefaultReplayBodyLimit;

    /// <summary>A scope that the connection must have been granted; null for none.</summary>
    public string? Scope { get; init; }
}
