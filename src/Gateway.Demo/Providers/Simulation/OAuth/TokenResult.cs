namespace Gateway.Demo.Providers;

/// <summary>The result of a token request: either tokens or an error.</summary>
internal readonly record struct TokenResult(IssuedTokens? Tokens, OAuthError? Error)
{
    public static implicit operator TokenResult(IssuedTokens tokens) => new(tokens, null);

    public static implicit operator TokenResult(OAuthError error) => new(null, error);
}
