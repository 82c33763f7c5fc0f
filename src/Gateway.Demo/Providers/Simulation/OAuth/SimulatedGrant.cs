namespace Gateway.Demo.Providers;

/// <summary>The access that an account owner has granted to an application.</summary>
/// <param name="account">The provider's name for the account; empty for a grant to the application itself.</param>
/// <param name="clientId">The application.</param>
/// <param name="scopes">The granted scopes.</param>
internal sealed class SimulatedGrant(string account, string clientId, IReadOnlySet<string> scopes)
{
    public Guid Id { get; } = Guid.NewGuid();

    public string Account { get; } = account;

    public string ClientId { get; } = clientId;

    public IReadOnlySet<string> Scopes { get; } = scopes;

    /// <summary>Whether the grant comes from client credentials and has no account.</summary>
    public bool IsApplicationOnly => Account.Length == 0;

    /// <summary>Written under the lock of <see cref="TokenIssuer"/>, read without it; never changes back to false.</summary>
    public bool IsRevoked { get; internal set; }

    /// <summary>Values of its access tokens. Must be used under the lock of <see cref="TokenIssuer"/>.</summary>
    internal List<string> AccessTokens { get; } = [];
}
