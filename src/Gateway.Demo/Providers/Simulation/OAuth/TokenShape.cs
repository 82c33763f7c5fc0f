namespace Gateway.Demo.Providers;

/// <summary>What a provider's tokens look like.</summary>
/// <param name="Provider">Goes into the prefix of opaque values.</param>
/// <param name="IsJwt">Whether access tokens look like JWTs.</param>
internal sealed record TokenShape(string Provider, bool IsJwt)
{
    public string CreateAccess(SimulatedGrant grant, DateTimeOffset expiresAt) =>
        IsJwt ? RandomText.CreateJwt(grant.Account, expiresAt) : RandomText.Create($"sim-{Provider}-access-");

    public string CreateRefresh() => RandomText.Create($"sim-{Provider}-refresh-");
}
