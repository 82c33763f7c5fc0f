namespace Gateway.Demo.Providers;

/// <summary>The format of a provider's tokens.</summary>
/// <param name="Provider">Provider name in the prefix of opaque tokens.</param>
/// <param name="IsJwt">Whether access tokens have the shape of a JWT.</param>
internal sealed record TokenShape(string Provider, bool IsJwt)
{
    public string CreateAccess(SimulatedGrant grant, DateTimeOffset expiresAt) =>
        IsJwt ? RandomText.CreateJwt(grant.Account, expiresAt) : RandomText.Create($"sim-{Provider}-access-");

    public string CreateRefresh() => RandomText.Create($"sim-{Provider}-refresh-");
}
