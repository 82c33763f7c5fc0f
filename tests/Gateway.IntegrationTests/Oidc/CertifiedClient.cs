namespace Gateway.IntegrationTests.Oidc;

/// <summary>The gateway as the authorization server knows it.</summary>
/// <param name="Id">Of the client.</param>
/// <param name="Secret">Of the client.</param>
/// <param name="Method">How it shows its secret, in the words of RFC 7591: <c>client_secret_basic</c> or <c>client_secret_post</c>.</param>
/// <param name="RedirectUri">Its one callback.</param>
internal sealed record CertifiedClient(string Id, string Secret, string Method, string RedirectUri);
