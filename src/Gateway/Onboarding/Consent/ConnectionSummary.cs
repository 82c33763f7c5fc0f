namespace Gateway.Onboarding.Consent;

/// <summary>What the last page says. Kept for an hour, so that the page may be loaded again.</summary>
internal sealed class ConnectionSummary
{
    public required string Provider { get; init; }

    public required string Name { get; init; }

    public required IReadOnlyList<string> Granted { get; init; }

    public required IReadOnlyList<string> Missing { get; init; }

    /// <summary>When the access ends by itself; null when it is renewed or never ends.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    public string? ReturnTo { get; init; }
}
