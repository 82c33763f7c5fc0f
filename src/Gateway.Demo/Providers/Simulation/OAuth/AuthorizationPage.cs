using Microsoft.AspNetCore.WebUtilities;

namespace Gateway.Demo.Providers;

/// <summary>
/// The authorization endpoint: a page with two buttons, or immediate approval if <see cref="TokenSettings.AutoApproveAs"/> is set.
/// </summary>
internal sealed class AuthorizationPage(AuthorizationServer server)
{
    public static void Map(IEndpointRouteBuilder app, string path, AuthorizationServer server)
    {
        var page = new AuthorizationPage(server);
        app.MapGet(path, page.AskAsync);
        app.MapPost(path, page.DecideAsync);
    }

    private async Task AskAsync(HttpContext context)
    {
        if (await CheckAsync(context) is not { } request)
        {
            return;
        }

        if (server.Settings.AutoApproveAs is { } account)
        {
            Approve(context, request, server.Rules.AccountOf(context) ?? account);
            return;
        }

        await SimulatedPage.WriteAsync(
            context.Response, 200, $"Simulated {server.Rules.Tokens.Provider}",
            SimulatedPage.Question(request.Client.Id, request.Scopes, server.Rules.AccountOf(context), "Approve", "Deny"));
    }

    private async Task DecideAsync(HttpContext context)
    {
        if (await CheckAsync(context) is not { } request)
        {
            return;
        }

        var form = await context.Request.ReadFormAsync();
        if (string.Equals(form["decision"], "approve", StringComparison.Ordinal))
        {
            Approve(context, request, server.Rules.AccountOf(context) ?? form["account"].ToString());
            return;
        }

        Redirect(context, request, "error", "access_denied");
    }

    /// <summary>The valid request; null if it was refused, in which case the response has been written.</summary>
    private async Task<AuthorizationRequest?> CheckAsync(HttpContext context)
    {
        var request = AuthorizationRequest.Read(context.Request.Query, server);
        if (request is null)
        {
            await SimulatedPage.WriteAsync(
                context.Response, 400, "The request is not valid", "<p>Unknown application or redirect address.</p>");
            return null;
        }

        if (request.Fault(context.Request.Query, server.Rules) is { } error)
        {
            Redirect(context, request, "error", error);
            return null;
        }

        return request;
    }

    private void Approve(HttpContext context, AuthorizationRequest request, string account)
    {
        var grant = new SimulatedGrant(account, request.Client.Id, request.Scopes);
        Redirect(context, request, "code", server.Codes.Create(grant, request.RedirectUri, request.Challenge));
    }

    private void Redirect(HttpContext context, AuthorizationRequest request, string name, string value)
    {
        var address = QueryHelpers.AddQueryString(request.RedirectUri, name, value);
        address = request.State is { } state ? QueryHelpers.AddQueryString(address, "state", state) : address;
        address = server.Rules.Issuer() is { } issuer ? QueryHelpers.AddQueryString(address, "iss", issuer) : address;
        context.Response.Redirect(address);
    }
}

/// <summary>An authorization request (RFC 6749 section 4.1.1) with a known client and redirect URI.</summary>
/// <param name="Client">The application.</param>
/// <param name="RedirectUri">The redirect URI; it is registered, so redirecting to it is safe.</param>
/// <param name="State">Returned unchanged; null if there was none.</param>
/// <param name="Scopes">The requested scopes.</param>
/// <param name="Challenge">PKCE challenge; null if there was none.</param>
internal sealed record AuthorizationRequest(
    RegisteredClient Client, string RedirectUri, string? State, IReadOnlySet<string> Scopes, string? Challenge)
{
    /// <summary>Null if the client or the redirect URI is unknown: such a request must not be redirected.</summary>
    public static AuthorizationRequest? Read(IQueryCollection query, AuthorizationServer server) =>
        server.FindClient(query["client_id"]) is { } client && query["redirect_uri"] is [{ } address] && client.HasRedirectUri(address)
            ? new AuthorizationRequest(client, address, query["state"], Scope.Parse(query["scope"]), query["code_challenge"])
            : null;

    /// <summary>The error code for the redirect (RFC 6749 section 4.1.2.1); null if the request is valid.</summary>
    public string? Fault(IQueryCollection query, AuthorizationRules rules)
    {
        if (!string.Equals(query["response_type"], "code", StringComparison.Ordinal))
        {
            return "unsupported_response_type";
        }

        if ((rules.IsStateRequired && string.IsNullOrEmpty(State)) || IsChallengeAtFault(query, rules))
        {
            return "invalid_request";
        }

        return Scopes.IsSubsetOf(rules.Scopes) ? null : "invalid_scope";
    }

    private bool IsChallengeAtFault(IQueryCollection query, AuthorizationRules rules) =>
        Challenge is null
            ? rules.IsPkceRequired
            : !string.Equals(query["code_challenge_method"], "S256", StringComparison.Ordinal);
}
