using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The identity host: the Keycloak realm <c>bexio</c>.</summary>
internal sealed class BexioIdentity(SimulatedBexio bexio)
{
    public const string Realm = "/realms/bexio";
    public const string Protocol = Realm + "/protocol/openid-connect";

    private readonly ClientCheck _clients = new(bexio.Authorization);

    public void Map(IEndpointRouteBuilder app)
    {
        AuthorizationPage.Map(app, $"{Protocol}/auth", bexio.Authorization);
        TokenEndpointHandler.Map(app, $"{Protocol}/token", bexio.Authorization);
        app.MapGet($"{Protocol}/userinfo", UserInfoAsync);
        app.MapPost($"{Protocol}/revoke", RevokeAsync);
        app.MapGet($"{Realm}/.well-known/openid-configuration", DiscoverAsync);
        app.MapGet($"{Realm}/.well-known/oauth-authorization-server", DiscoverAsync);
    }

    private Task DiscoverAsync(HttpContext context) => context.Response.JsonAsync(200, new JsonObject
    {
        ["issuer"] = bexio.Issuer.AbsoluteUri,
        ["authorization_endpoint"] = bexio.AuthorizationEndpoint.AbsoluteUri,
        ["token_endpoint"] = bexio.TokenEndpoint.AbsoluteUri,
        ["userinfo_endpoint"] = bexio.UserInfoEndpoint.AbsoluteUri,
        ["revocation_endpoint"] = bexio.RevocationEndpoint.AbsoluteUri,
        ["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token"),
        ["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic", "client_secret_post"),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
        ["authorization_response_iss_parameter_supported"] = true,
        ["scopes_supported"] = new JsonArray([.. BexioScopes.All.Order(StringComparer.Ordinal).Select(scope => (JsonNode)scope)]),
    });

    private Task UserInfoAsync(HttpContext context)
    {
        if (bexio.Authorization.Issuer.FindAccess(context.Request.BearerToken()) is not { } token)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer realm=\"bexio\", error=\"invalid_token\"";
            return context.Response.JsonAsync(401, new OAuthError("invalid_token", "The token is not valid.").ToJson());
        }

        return token.Scopes.Contains("openid")
            ? context.Response.JsonAsync(200, Claims(bexio.Company(token.Grant.Account)))
            : context.Response.JsonAsync(403, new OAuthError("insufficient_scope", "The scope openid is missing.").ToJson());
    }

    private static JsonObject Claims(BexioCompany company) => new()
    {
        ["sub"] = $"sim-user-of-{company.Name}",
        ["given_name"] = "Sim",
        ["family_name"] = company.Name,
        ["email"] = $"owner@{company.Name}.example",
        ["company_id"] = company.Id,
        ["company_name"] = company.Name,
    };

    /// <summary>Token revocation (RFC 7009): an unknown token gets 200 too; a refresh token revokes its whole grant.</summary>
    private async Task RevokeAsync(HttpContext context)
    {
        var request = await TokenRequest.ReadAsync(context, acceptsJson: false);
        if (_clients.Authenticate(context, request).Error is { } refused)
        {
            await context.Response.JsonAsync(refused.Status, refused.ToJson());
            return;
        }

        var token = request["token"] ?? "";
        var grant = bexio.Authorization.Issuer.FindGrant(token);
        bexio.Authorization.Issuer.Revoke(candidate => candidate == grant);
        bexio.Authorization.RevokeAccessToken(token);
    }
}
