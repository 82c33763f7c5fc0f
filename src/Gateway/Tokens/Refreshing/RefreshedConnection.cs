using Gateway.Model;
using Gateway.Tokens.TokenEndpoint;

namespace Gateway.Tokens.Refreshing;

/// <summary>A connection after a token answer.</summary>
internal static class RefreshedConnection
{
    /// <param name="current">What the call was made with.</param>
    /// <param name="client">Says how long a token lives whose answer does not.</param>
    /// <param name="answer">What came back.</param>
    /// <param name="askedAt">A token's life is counted from before the call: rather too short than too long.</param>
    public static Connection Of(Connection current, OAuthClient client, TokenAnswer answer, DateTimeOffset askedAt) => current with
    {
        Generation = current.Generation + 1,
        TokenAge = 0,
        Token = new(answer.AccessToken, askedAt + (answer.Lifetime ?? client.DefaultLifetime)),
        Grant = GrantOf(current.Grant, client, answer),
        Scopes = answer.Scopes ?? current.Scopes,
        RefreshedAt = askedAt,
        RefreshTrace = RefreshTraces.Current,
        DeadSince = null,
        LastFailure = null,
        RejectedGeneration = 0,
    };

    // RFC 6749 section 6: no new refresh token means that the old one goes on. Section 4.4.3: client credentials have none.
    private static Grant GrantOf(Grant grant, OAuthClient client, TokenAnswer answer) =>
        client.Grant == OAuthGrant.ClientCredentials || answer.RefreshToken.IsEmpty
            ? grant
            : grant with { RefreshToken = answer.RefreshToken };
}
