using System.Text.Json.Nodes;

namespace Gateway.Demo.Providers;

/// <summary>The token endpoint (RFC 6749 section 3.2): authenticates the client, checks the grant, issues tokens.</summary>
internal sealed class TokenEndpointHandler(AuthorizationServer server)
{
    private readonly AuthorizationRules _rules = server.Rules;
    private readonly ClientCheck _clients = new(server);

    public static void Map(IEndpointRouteBuilder app, string path, AuthorizationServer server)
    {
        var endpoint = new TokenEndpointHandler(server);
        app.MapPost(path, endpoint.HandleAsync).WithMetadata(new RequestCount(endpoint.CountAsync));
    }

    private async ValueTask<IDisposable?> CountAsync(HttpContext context)
    {
        var request = await TokenRequest.ReadAsync(context, _rules.AcceptsJson);
        var refreshToken = request["refresh_token"];
        var grant = refreshToken is null ? null : server.Issuer.FindGrant(refreshToken);
        return server.Counters.Begin(request["grant_type"] ?? "", refreshToken, grant);
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = await TokenRequest.ReadAsync(context, _rules.AcceptsJson);
        var result = Redeem(context, request);
        context.Response.Headers.CacheControl = "no-store";
        if (result.Tokens is { } tokens)
        {
            await context.Response.JsonAsync(200, ToJson(tokens));
            return;
        }

        if (result.Error!.Status == 401 && _rules.ClientAuthentication.HasFlag(ClientAuthentication.Basic))
        {
            context.Response.Headers.WWWAuthenticate = "Basic";
        }

        await context.Response.JsonAsync(result.Error.Status, result.Error.ToJson());
    }

    private TokenResult Redeem(HttpContext context, TokenRequest request)
    {
        if (request.Error is { } malformed)
        {
            return malformed;
        }

        var (client, refused) = _clients.Authenticate(context, request);
        if (client is null)
        {
            return refused!;
        }

        var grantType = request["grant_type"] ?? "";
        return _rules.GrantTypes.Contains(grantType)
            ? Redeem(context, request, client, grantType)
            : new OAuthError("unsupported_grant_type", "The grant type is not supported.");
    }

    private TokenResult Redeem(HttpContext context, TokenRequest request, RegisteredClient client, string grantType) => grantType switch
    {
        "authorization_code" => RedeemCode(request, client, _rules.AccountOf(context)),
        "refresh_token" => Refresh(request, client, _rules.AccountOf(context)),
        _ => RedeemClientCredentials(request, client),
    };

    private TokenResult RedeemCode(TokenRequest request, RegisteredClient client, string? account)
    {
        var code = server.Codes.Take(request["code"]);
        if (code is null || !IsAllowed(code.Grant, client, account))
        {
            return OAuthError.InvalidGrant("The code is unknown, used or expired.");
        }

        if (!code.RedirectUri.Equals(request["redirect_uri"], StringComparison.Ordinal))
        {
            return OAuthError.InvalidGrant("redirect_uri differs from the authorization request.");
        }

        return Pkce.IsAnswered(code.Challenge, request["code_verifier"])
            ? server.Issuer.Issue(code.Grant, server.AllowsRefresh(code.Grant.Scopes))
            : OAuthError.InvalidGrant("code_verifier does not match the challenge.");
    }

    private TokenResult Refresh(TokenRequest request, RegisteredClient client, string? account)
    {
        var scopes = request["scope"] is { Length: > 0 } asked ? Scope.Parse(asked) : null;
        return request["refresh_token"] is { } token
            ? server.Issuer.Refresh(token, grant => IsAllowed(grant, client, account), scopes)
            : OAuthError.InvalidRequest("refresh_token is missing.");
    }

    private TokenResult RedeemClientCredentials(TokenRequest request, RegisteredClient client)
    {
        var scopes = Scope.Parse(request["scope"]);
        return scopes.IsSubsetOf(_rules.Scopes)
            ? server.Issuer.Issue(new SimulatedGrant("", client.Id, scopes), withRefreshToken: false)
            : OAuthError.InvalidScope("A scope is unknown.");
    }

    private static bool IsAllowed(SimulatedGrant grant, RegisteredClient client, string? account) =>
        grant.ClientId.Equals(client.Id, StringComparison.Ordinal)
        && (account is null || account.Equals(grant.Account, StringComparison.Ordinal));

    private JsonObject ToJson(IssuedTokens tokens)
    {
        var json = new JsonObject
        {
            ["access_token"] = tokens.AccessToken,
            ["token_type"] = "bearer",
            ["expires_in"] = (long)(server.Settings.AnnouncedLifetime ?? tokens.Lifetime).TotalSeconds,
        };
        if (tokens.RefreshToken is { } refreshToken)
        {
            json["refresh_token"] = refreshToken;
        }

        _rules.Describe(json, tokens);
        return json;
    }
}
