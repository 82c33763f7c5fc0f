namespace Gateway.Demo.Providers;

/// <summary>A refresh token and whether it was used up. Read and written under the issuer's lock only.</summary>
internal sealed class RefreshToken(SimulatedGrant grant)
{
    public SimulatedGrant Grant { get; } = grant;

    public DateTimeOffset? SpentAt { get; set; }
}
