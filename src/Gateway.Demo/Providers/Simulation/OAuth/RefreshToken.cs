namespace Gateway.Demo.Providers;

/// <summary>An issued refresh token. Must be read and written under the lock of <see cref="TokenIssuer"/>.</summary>
internal sealed class RefreshToken(SimulatedGrant grant)
{
    public SimulatedGrant Grant { get; } = grant;

    /// <summary>When the token was first used; null if it is unused.</summary>
    public DateTimeOffset? SpentAt { get; set; }
}
