namespace Gateway.Demo.Providers;

/// <summary>What came of a request for tokens: tokens or an error, never both.</summary>
internal readonly record struct TokenResult(IssuedTokens? Tokens, OAuthError? Error)
{
    public static implicit operator TokenResult(IssuedTokens tokens) => new(tokens, null);

    public static implicit operator TokenResult(OAuthError error) => new(null, error);
}
