namespace Gateway.Model;

/// <summary>How a provider's connections stand, for the gauges.</summary>
/// <param name="Ready">Connections that serve.</param>
/// <param name="Unavailable">Connections whose refreshes fail.</param>
/// <param name="ReauthorizationRequired">Connections with a dead grant.</param>
/// <param name="Refreshing">Connections that some instance is renewing now.</param>
/// <param name="EarliestExpiry">The token that expires first; null when there is none.</param>
public sealed record ConnectionTally(
    long Ready, long Unavailable, long ReauthorizationRequired, long Refreshing, DateTimeOffset? EarliestExpiry)
{
    /// <summary>Connections whose renewal is due and that no instance has taken on yet.</summary>
    public long RenewalsDue { get; init; }

    /// <summary>For how long the most overdue of them has been due; zero when there is none.</summary>
    public TimeSpan RenewalLag { get; init; }
}
