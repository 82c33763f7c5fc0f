namespace Gateway.IntegrationTests.Oidc;

/// <summary>The gateway's registration at the authorization server.</summary>
/// <param name="Id">Client id.</param>
/// <param name="Secret">Client secret.</param>
/// <param name="Method">Client authentication method as in RFC 7591: <c>client_secret_basic</c> or <c>client_secret_post</c>.</param>
/// <param name="RedirectUri">The only callback address.</param>
internal sealed record CertifiedClient(string Id, string Secret, string Method, string RedirectUri);
