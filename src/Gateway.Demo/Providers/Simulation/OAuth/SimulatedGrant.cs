namespace Gateway.Demo.Providers;

/// <summary>What an account owner allowed an application, and the tokens that came of it.</summary>
/// <param name="account">The provider's name for the account; empty for a grant to the application itself.</param>
/// <param name="clientId">The application.</param>
/// <param name="scopes">What was allowed.</param>
internal sealed class SimulatedGrant(string account, string clientId, IReadOnlySet<string> scopes)
{
    public Guid Id { get; } = Guid.NewGuid();

    public string Account { get; } = account;

    public string ClientId { get; } = clientId;

    public IReadOnlySet<string> Scopes { get; } = scopes;

    /// <summary>Given by client credentials: no account behind it.</summary>
    public bool IsApplicationOnly => Account.Length == 0;

    /// <summary>Written under the issuer's lock, read anywhere; once true it stays true.</summary>
    public bool IsRevoked { get; internal set; }

    /// <summary>Values of its access tokens. Under the issuer's lock only.</summary>
    internal List<string> AccessTokens { get; } = [];
}
